import { signed } from '../../core/format.ts';
import { type Html, trusted } from '../page/html.ts';

/** An estimate and its interval, if it has one. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

const WIDTH = 230;
const MARGIN = 24;
const HEIGHT = 26;

/** A scale that the rows of a table share; it holds zero. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
  readonly digits: number;
}

export function scaleOf(estimates: readonly Estimate[]): Scale {
  const values = [0, ...estimates.flatMap(({ value, low = value, high = value }) => [value, low, high])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // What is smaller is nothing but rounding.
  const span = high - low > 1e-12 ? high - low : 1;
  const step = roundStep(span / 2);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  // So many steps lie between two labels that do not touch; zero is always one of them.
  const apart = Math.ceil((LETTER * (digits + 4) * span) / (step * (WIDTH - 2 * MARGIN)));
  const distance = apart * step;
  const first = Math.ceil(low / distance);
  return {
    at: (value) => MARGIN + ((value - low) / span) * (WIDTH - 2 * MARGIN),
    ticks: Array.from({ length: Math.floor(high / distance) - first + 1 }, (_, i) => (first + i) * distance),
    digits,
  };
}

/** Width of a letter of the axis, in pixels. */
const LETTER = 7;

/** 1, 2 or 5 times a power of ten, not above. */
function roundStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * [5, 2, 1].find((factor) => factor * power <= most * (1 + 1e-9))!;
}

/** The axis, for the head of the column. */
export function axisMark({ at, ticks, digits }: Scale): Html {
  const labels = ticks.map((tick) => `<text x="${place(at(tick))}" y="12">${signed(tick, digits)}</text>`);
  const marks = ticks.map((tick) => `M${place(at(tick))},16v5`);
  return drawing('axis', 22, `${labels.join('')}<path class="rule" d="${marks.join('')}"/>`);
}

/** A dot on a line from the low to the high end of its interval, and where zero is. */
export function intervalMark({ at }: Scale, { value, low, high }: Estimate, primary: boolean): Html {
  const middle = HEIGHT / 2;
  const interval =
    low === undefined || high === undefined
      ? ''
      : `<path class="line" d="M${place(at(low))},${middle}H${place(at(high))}"/>`;
  return drawing(
    primary ? 'interval primary' : 'interval',
    HEIGHT,
    `<path class="rule" d="M${place(at(0))},0v${HEIGHT}"/>${interval}<circle cx="${place(at(value))}" cy="${middle}" r="4.5"/>`,
  );
}

const place = (x: number): string => x.toFixed(1);

const drawing = (name: string, height: number, content: string): Html =>
  trusted(
    `<svg class="${name}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" aria-hidden="true">${content}</svg>`,
  );
