import type { Decomposition } from './decompose.ts';
import { studentQuantile } from './student.ts';

/**
 * The smallest detectable difference: a true difference of that size would be told from zero by a two-sided test at 5 % in
 * four of five repetitions with as many seeds and images, (t_{0.975, df} + t_{0.8, df}) sqrt(variance) (Bloom 1995,
 * "Minimum detectable effects"). With few degrees of freedom it is slightly small: the power is 79 % with 5, 77 % with 2.
 */
export function detectableDifference({ variance, degreesOfFreedom }: Decomposition): number {
  const t = studentQuantile(0.975, degreesOfFreedom) + studentQuantile(0.8, degreesOfFreedom);
  return t * Math.sqrt(variance);
}
