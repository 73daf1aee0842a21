import { incompleteBeta } from './incomplete-beta.ts';
import { normalQuantile } from './normal-quantile.ts';

/**
 * Student's t distribution: the probability of a value up to `t` (Abramowitz and Stegun 26.7.1 by way of 26.5.27).
 *
 * @param degreesOfFreedom > 0, not only whole numbers
 */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  const beyond = incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
  return t > 0 ? 1 - beyond : beyond;
}

/**
 * Quantile of Student's t distribution.
 *
 * @param probability between 0 and 1, both excluded
 * @param degreesOfFreedom > 0, not only whole numbers
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degreesOfFreedom);
  // The normal distribution has lighter tails than any t distribution.
  let low = normalQuantile(probability);
  let high = low + 1;
  while (studentCdf(high, degreesOfFreedom) < probability) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentCdf(middle, degreesOfFreedom) < probability) low = middle;
    else high = middle;
  }
}
