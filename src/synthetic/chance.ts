import type { RandomStream } from '../core/random.ts';

/** Uniform between two numbers. */
export const between = (stream: RandomStream, low: number, high: number): number =>
  low + (high - low) * stream.uniform();

/** Between two positive numbers, with equal chances for equal ratios. */
export const ratioBetween = (stream: RandomStream, low: number, high: number): number =>
  low * (high / low) ** stream.uniform();

/** Whether something of this probability happens. */
export const happens = (stream: RandomStream, probability: number): boolean => stream.uniform() < probability;
