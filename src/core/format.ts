/** Stands where a number is missing. */
export const missing = '–';

const minus = '\u2212';
const withMinus = (text: string): string => text.replace('-', minus);

/** With the hyphen of keyboards for a minus, as terminals and other programs expect it. */
export const plainMinus = (text: string): string => text.replaceAll(minus, '-');

/** `0.713`; a dash if there is no number. */
export function fixed(value: number | undefined, digits = 3): string {
  return value === undefined || !Number.isFinite(value) ? missing : withMinus(value.toFixed(digits));
}

/** `+0.004`, `−0.010`; zero has no sign. */
export function signed(value: number | undefined, digits = 3): string {
  if (value === undefined || !Number.isFinite(value)) return missing;
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? '+' : minus}${text}`;
}

/** Four significant digits without needless zeros: losses, learning rates. */
export function significant(value: number | undefined, digits = 4): string {
  if (value === undefined || !Number.isFinite(value)) return missing;
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A share as `8.3 %`. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? missing : `${fixed(100 * share, 1)} %`;
}

/** `42 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return missing;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 image`, `3 images`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[], separator = ', '): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(separator)} and ${parts[parts.length - 1]}`;
}

/** A p value: `0.031`, `< 0.001`. */
export function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : fixed(p, 3);
}

/** `−0.020 to +0.004`; a dash if there is no interval. */
export function range(interval: readonly [number, number] | undefined, digits = 3): string {
  return interval ? interval.map((end) => signed(end, digits)).join(' to ') : missing;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `7.8 MB`. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1.2 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
