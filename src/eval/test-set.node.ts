import { type BatchSource, imageRequest } from '../data/batch.ts';
import { binarise, decodeMask } from '../data/decode.node.ts';
import type { Sample } from '../data/folder.node.ts';
import {
  clippedMse,
  OVERLAP_METRICS,
  type Overlap,
  overlap,
  psnr,
  type Summary,
  summarise,
} from './metrics.ts';
import { overlapAt } from './native.ts';
import { batches, type Predictor } from './predictor.node.ts';

/** Scores of one image: at the native size of its mask and at the network's size. */
export interface ImageScores {
  readonly stem: string;
  readonly native: Overlap;
  readonly network: Overlap;
}

export interface TestSummary {
  readonly images: number;
  readonly native: Readonly<Record<keyof Overlap, Summary>>;
  readonly network: Readonly<Record<keyof Overlap, Summary>>;
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
        native: overlapAt(outputs[i], size, truth),
        network: overlap(outputs[i], mask!.subarray(i * area, (i + 1) * area)),
      });
      onImage(scores.length, samples.length);
    }
  }
  return scores;
}

/** The scores of a test set in short. */
export function summariseScores(scores: readonly ImageScores[]): TestSummary {
  const at = (place: 'native' | 'network') =>
    Object.fromEntries(
      OVERLAP_METRICS.map((metric) => [metric, summarise(scores.map((score) => score[place][metric]))]),
    ) as Record<keyof Overlap, Summary>;
  return { images: scores.length, native: at('native'), network: at('network') };
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
