import { ENOUGH_TO_CHOOSE } from '../data/folders/split.ts';
import type { Ensemble } from '../eval/ensemble.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { scoreImages } from '../eval/test-set.node.ts';
import { bestThreshold, diceAtThresholds } from '../eval/threshold.ts';
import type { ThresholdRecord } from '../records/run-records.ts';
import type { LoadedSamples } from './images.node.ts';

interface ThresholdDice {
  /** At each of `THRESHOLDS`. */
  readonly dice: readonly number[];
}

const thresholdScoring: Scoring<ThresholdDice, unknown> = {
  needsMasks: true,
  score: ({ output, truth, size }) => ({ dice: diceAtThresholds(output, size, truth!) }),
  row: () => ({}),
  summarise: () => ({}),
};

/**
 * The threshold at which finished networks' masks of the validation images are best, at their own size; undefined where there are
 * too few of them.
 */
export async function chooseThreshold(
  ensemble: Ensemble,
  { samples, ...source }: LoadedSamples,
): Promise<Omit<ThresholdRecord, 'weights'> | undefined> {
  if (samples.length < ENOUGH_TO_CHOOSE) return undefined;
  const scores = await scoreImages(ensemble, thresholdScoring, samples, [source]);
  const found = bestThreshold(scores.map(({ dice }) => dice));
  return { ...found, images: samples.length, views: ensemble.views };
}
