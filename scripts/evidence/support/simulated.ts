import type { RandomStream } from '../../../src/core/random.ts';

/** The distributions of simulated effects, each of mean 0 and standard deviation 1. */
export const SHAPES: Readonly<Record<string, (stream: RandomStream) => number>> = {
  normal: (stream) => stream.normal(),
  exponential: (stream) => -Math.log1p(-stream.uniform()) - 1,
};

/** 0 .. count - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
