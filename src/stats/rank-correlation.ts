import { mean } from '../core/mean.ts';

/**
 * Spearman's rank correlation (1904): Pearson's of the ranks, equal values sharing the mean of theirs.
 *
 * @param first as many values as `second`
 * @returns -1..1; NaN where all values of one are equal, or there are fewer than two
 */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [ranks(first), ranks(second)];
  const centre = (first.length + 1) / 2;
  const product = (x: readonly number[], y: readonly number[]) =>
    mean(x.map((value, i) => (value - centre) * (y[i] - centre)));
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** From 1. */
function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  const ranked = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let at = from; at <= to; at++) ranked[order[at]] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return ranked;
}
