/** A difference of scores, with its sign. */
export const signed = (value: number | undefined): string =>
  value === undefined ? 'unknown' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
