import { isotonic } from './isotonic.ts';

/** A score by number of masks. */
export interface LabelPoint {
  /** >= 1 */
  readonly masks: number;
  readonly value: number;
}

/** A number of masks, or beyond which number it lies, as the curve does not go further. */
export interface MaskCount {
  readonly masks: number;
  readonly bound?: 'more than' | 'fewer than';
}

/**
 * The mean score under the curve over log2 of the masks: the area by trapezoids, divided by the range. Each doubling of the
 * masks counts alike.
 *
 * @param points at least two, ascending in masks, of which the first and the last differ
 */
export function meanOverLogMasks(points: readonly LabelPoint[]): number {
  let area = 0;
  for (const [i, { masks, value }] of points.slice(1).entries())
    area += (Math.log2(masks / points[i].masks) * (value + points[i].value)) / 2;
  return area / Math.log2(points.at(-1)!.masks / points[0].masks);
}

/**
 * How many masks a score takes: the fewest at which the curve has it. The curve is made monotone first (`isotonic`), and is
 * straight in log2 of the masks between its points.
 *
 * @param points at least one, ascending in masks
 */
export function masksNeeded(points: readonly LabelPoint[], score: number): MaskCount {
  const values = isotonic(points.map(({ value }) => value));
  if (score < values[0]) return { masks: points[0].masks, bound: 'fewer than' };
  const above = values.findIndex((value) => value >= score);
  if (above < 0) return { masks: points.at(-1)!.masks, bound: 'more than' };
  if (above === 0) return { masks: points[0].masks };
  const [from, to] = [points[above - 1].masks, points[above].masks];
  const part = (score - values[above - 1]) / (values[above] - values[above - 1]);
  return { masks: from * (to / from) ** part };
}
