import type { Tensors } from '../core/tensor.ts';
import { type Architecture, levelOf, parametersOf } from '../nn/model.ts';

/**
 * How far training has moved the weights of each level: |w - w0| / |w0| over all it has, running statistics left out.
 * Of levels that pass the image on by the skips little is asked, and so they hardly move.
 *
 * @returns by `weight_change/<level>`
 */
export function weightChange(
  architecture: Architecture,
  initial: Tensors,
  weights: Tensors,
): Readonly<Record<string, number>> {
  const sums = new Map<string, { moved: number; before: number }>();
  for (const { name } of parametersOf(architecture).filter(({ trainable }) => trainable)) {
    const level = levelOf(name);
    const sum = sums.get(level) ?? { moved: 0, before: 0 };
    const [then, now] = [initial.get(name)!.data, weights.get(name)!.data];
    for (let i = 0; i < then.length; i++) {
      sum.moved += (now[i] - then[i]) ** 2;
      sum.before += then[i] ** 2;
    }
    sums.set(level, sum);
  }
  return Object.fromEntries(
    Array.from(sums, ([level, { moved, before }]) => [`weight_change/${level}`, Math.sqrt(moved / before)]),
  );
}
