import { sizeOf } from '../core/shape.ts';
import type { Tensors } from '../core/tensor.ts';
import type { SkipReader } from './model.ts';

/**
 * Weights in which those that read skips are changed; the others are the same arrays.
 *
 * @param weights all of the readers' tensors among them
 * @param change from a weight, at this position in its tensor, to the one that takes its place
 */
export function changeReaders(
  weights: Tensors,
  readers: readonly SkipReader[],
  change: (weight: number, reader: SkipReader, position: number) => number,
): Tensors {
  const changed = new Map(weights);
  for (const reader of readers) {
    const { tensor, axis, start, stop } = reader;
    const { shape, data } = weights.get(tensor)!;
    const stride = sizeOf(shape.slice(axis + 1));
    const reads = (position: number) => {
      const channel = Math.floor(position / stride) % shape[axis];
      return start <= channel && channel < stop;
    };
    changed.set(tensor, { shape, data: data.map((w, i) => (reads(i) ? change(w, reader, i) : w)) });
  }
  return changed;
}

/**
 * The weights of a network without gates that computes what one with these gates does: what reads a skip is multiplied
 * by its gate.
 *
 * @param gates one a level, level 1 first
 */
export function foldGates(
  weights: Tensors,
  readers: readonly SkipReader[],
  gates: ArrayLike<number>,
): Tensors {
  return changeReaders(weights, readers, (w, { level }) => w * gates[level - 1]);
}
