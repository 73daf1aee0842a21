import { mean } from '../core/mean.ts';
import { partOf } from '../core/parts.ts';
import type { Size } from '../core/size.ts';
import { imageRequest } from '../data/loading/batch.ts';
import { greyOf, nearestThumbnail, otsuThreshold, thumbnailOf } from '../eval/baselines.ts';
import { batches } from '../eval/predictor.ts';
import type { Objective } from '../objectives/objective.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import type { BaselineRow } from '../records/run-records.ts';
import type { LoadedSamples } from './images.node.ts';

/** An image with its truth, as a network of this run sees it. */
interface Seen {
  readonly index: number;
  /** [3, H, W] in [-1, 1]. */
  readonly image: Float32Array;
  /** [channels, H, W] */
  readonly target: Float32Array;
  readonly weight?: Float32Array;
}

/** Marks an image without a network: [channels, H, W], as a network's output. */
type Baseline = (seen: Seen) => Float32Array | Promise<Float32Array>;

type Segmentation = Objective<SegmentationScores, TestSummary>;

/** Shares of the training masks from which on a pixel is in the mean mask. */
const SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * What costs nothing, beside the network: the Dice, at the network's size, of
 *
 * - `otsu`: what is brighter, or darker, than Otsu's threshold of the image, whichever is better on the training images; of one class;
 * - `mean_mask`: one mask for all images: where at least a share of the training masks is, the share that is best on the training
 *   images; of several classes the one that is there most often;
 * - `nearest`: the mask of the training image that looks most alike, by the means of 16 x 16 fields.
 *
 * @returns a row for each test image; none where images are seen in pieces
 */
export async function baselinesOf(
  train: LoadedSamples,
  test: LoadedSamples,
  { objective, size }: { readonly objective: Segmentation; readonly size: Size },
): Promise<readonly BaselineRow[]> {
  if (train.whole || train.samples.length === 0 || test.samples.length === 0) return [];
  const chosen = await chosenOn(train, objective, size);
  const rows: BaselineRow[] = [];
  for await (const seen of seenIn(test, objective)) {
    const scores: [string, number][] = [];
    for (const [name, baseline] of Object.entries(chosen)) {
      const dice = objective.scores(await baseline(seen), seen.target, seen.weight).dice;
      scores.push([name, Number(dice.toPrecision(6))]);
    }
    rows.push({ stem: test.samples[seen.index].stem, ...Object.fromEntries(scores) });
  }
  return rows;
}

/** Of each baseline its mean over the images; undefined of none. */
export function meansOf(rows: readonly BaselineRow[]): Readonly<Record<string, number>> | undefined {
  if (rows.length === 0) return undefined;
  const names = Object.keys(rows[0]).filter((name) => name !== 'stem');
  return Object.fromEntries(names.map((name) => [name, mean(rows.map((row) => Number(row[name])))]));
}

/** Of each baseline the candidate that is best on the training images, of equal ones the first. */
async function chosenOn(
  train: LoadedSamples,
  objective: Segmentation,
  size: Size,
): Promise<Readonly<Record<string, Baseline>>> {
  const thumbnails: Float32Array[] = [];
  const means = new Float64Array(objective.head.channels * size.height * size.width);
  for await (const { image, target } of seenIn(train, objective)) {
    thumbnails.push(thumbnailOf(image, size));
    for (let i = 0; i < means.length; i++) means[i] += target[i] / train.samples.length;
  }
  const nearest: Baseline = ({ image }) =>
    targetOf(train, nearestThumbnail(thumbnailOf(image, size), thumbnails), objective);
  if (objective.head.channels > 1) {
    const frequent = Float32Array.from(means);
    return { mean_mask: () => frequent, nearest };
  }
  const otsu = await best(train, objective, [brighter, darker]);
  const masks = SHARES.map((share): Baseline => {
    const mask = Float32Array.from(means, (value) => (value >= share ? 1 : 0));
    return () => mask;
  });
  return { otsu, mean_mask: await best(train, objective, masks), nearest };
}

const brighter: Baseline = ({ image }) => aboveOtsu(image, true);
const darker: Baseline = ({ image }) => aboveOtsu(image, false);

function aboveOtsu(image: Float32Array, bright: boolean): Float32Array {
  const grey = greyOf(image);
  const threshold = otsuThreshold(grey);
  return Float32Array.from(grey, (value) => (value > threshold === bright ? 1 : 0));
}

async function best(
  train: LoadedSamples,
  objective: Segmentation,
  candidates: readonly Baseline[],
): Promise<Baseline> {
  const sums = candidates.map(() => 0);
  for await (const seen of seenIn(train, objective)) {
    for (const [k, candidate] of candidates.entries())
      sums[k] += objective.scores(await candidate(seen), seen.target, seen.weight).dice;
  }
  return candidates[sums.indexOf(Math.max(...sums))];
}

async function targetOf(
  source: LoadedSamples,
  index: number,
  objective: Segmentation,
): Promise<Float32Array> {
  return objective.target(await source.batch(imageRequest([index])), 1);
}

/** Images one by one, read in batches. */
async function* seenIn(source: LoadedSamples, objective: Segmentation): AsyncGenerator<Seen> {
  for (const indices of batches(source.samples.length, 16)) {
    const count = indices.length;
    const batch = await source.batch(imageRequest(indices));
    const target = objective.target(batch, count);
    const weight = objective.weight?.(batch, count);
    for (const [i, index] of indices.entries()) {
      const own = (values: Float32Array) => partOf(values, i, count);
      yield { index, image: own(batch.input), target: own(target), ...(weight && { weight: own(weight) }) };
    }
  }
}
