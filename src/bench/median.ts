import { quantile } from '../core/quantile.ts';

/** @param values at least one, in any order */
export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
