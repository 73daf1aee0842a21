import { binarise, decodeMask } from '../data/decode/decode.node.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { type BatchSource, imageRequest } from '../data/loading/batch.ts';
import { METRIC_NAMES, type Metric, OVERLAP_METRICS } from './metrics.ts';
import { scoresAt } from './native.ts';
import { type Overlap, overlap } from './overlap.ts';
import { batches, type Predictor } from './predictor.node.ts';
import { clippedMse, psnr } from './reconstruction.ts';
import { type Summaries, summariseAll } from './summary.ts';

/** Scores of one image: at the native size of its mask and at the network's size. */
export interface ImageScores {
  readonly stem: string;
  readonly native: Readonly<Record<Metric, number>>;
  readonly network: Overlap;
}

export interface TestSummary {
  readonly images: number;
  readonly native: Summaries<Metric>;
  readonly network: Summaries<keyof Overlap>;
}

/**
 * Scores a segmentation network image by image. For the native size the probabilities are resized bilinearly,
 * then taken from 0.5 on.
 *
 * @param source has the samples' images and masks at network size, in the same order
 */
export async function scoreSegmentation(
  predictor: Predictor,
  samples: readonly Sample[],
  source: BatchSource,
  onImage: (done: number, total: number) => void = () => {},
): Promise<ImageScores[]> {
  const { size } = predictor.network;
  const area = size.height * size.width;
  const scores: ImageScores[] = [];
  for (const indices of batches(samples.length, predictor.batch)) {
    const { input, mask } = await source.batch(imageRequest(indices));
    const outputs = await predictor.run(input);
    for (const [i, index] of indices.entries()) {
      const truth = binarise(await decodeMask(samples[index].mask!));
      scores.push({
        stem: samples[index].stem,
        native: scoresAt(outputs[i], size, truth),
        network: overlap(outputs[i], mask!.subarray(i * area, (i + 1) * area)),
      });
      onImage(scores.length, samples.length);
    }
  }
  return scores;
}

/** The scores of a test set in short. */
export function summariseScores(scores: readonly ImageScores[]): TestSummary {
  return {
    images: scores.length,
    native: summariseAll(
      METRIC_NAMES,
      scores.map(({ native }) => native),
    ),
    network: summariseAll(
      OVERLAP_METRICS,
      scores.map(({ network }) => network),
    ),
  };
}

/** How well an autoencoder paints one image. */
export interface ReconstructionScores {
  readonly stem: string;
  readonly mse: number;
  readonly psnr: number;
}

/** Scores an autoencoder image by image, on clean input, images in [0, 1]. */
export async function scoreReconstruction(
  predictor: Predictor,
  samples: readonly Sample[],
  source: BatchSource,
): Promise<ReconstructionScores[]> {
  const scores: ReconstructionScores[] = [];
  for (const indices of batches(samples.length, predictor.batch)) {
    const { input } = await source.batch(imageRequest(indices));
    const outputs = await predictor.run(input);
    for (const [i, index] of indices.entries()) {
      const mse = clippedMse(outputs[i], input.subarray(i * outputs[i].length, (i + 1) * outputs[i].length));
      scores.push({ stem: samples[index].stem, mse, psnr: psnr(mse) });
    }
  }
  return scores;
}
