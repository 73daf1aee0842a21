import { TOLERANCE } from '../../eval/boundary.ts';
import type { Metric } from '../../eval/metrics.ts';

const notes: Readonly<Partial<Record<Metric, string>>> = {
  nsd: `NSD: share of the boundary pixels of prediction and mask that lie within ${100 * TOLERANCE} % of the image's diagonal of the other's boundary.`,
  hd95: "HD95: distance between the two boundaries that 95 % of their pixels stay within, in pixels of the image (less is better); the image's diagonal where only one of the two is empty.",
  brier: 'Brier: mean squared difference of probability and mask (less is better).',
  ece: 'ECE: expected calibration error of the probabilities (less is better).',
};

/** How to read those metrics of which the name does not say it. */
export function notesOn(metrics: readonly Metric[]): string {
  return metrics.flatMap((metric) => notes[metric] ?? []).join(' ');
}
