import { availableParallelism } from 'node:os';
import { tellProblems } from '../data/folders/problems.ts';
import type { EncoderHooks } from '../encoders/obtain.node.ts';
import { type Network, Predictor } from '../eval/predictor.node.ts';
import { type Summary, summarise } from '../eval/summary.ts';
import {
  type ImageScores,
  type ReconstructionScores,
  scoreReconstruction,
  scoreSegmentation,
  summariseScores,
  type TestSummary,
} from '../eval/test-set.node.ts';
import { expectUsable, Images, imagesOptionsOf, type LoadedSamples, leftOut } from '../train/images.node.ts';
import { chooseSamples, type SplitChoice } from './choose-samples.node.ts';
import { expectNoNoise, openRun, type WeightsChoice } from './open-run.node.ts';

export interface EvaluateOptions extends EncoderHooks {
  /** A run folder. */
  readonly run: string;
  /** Another data folder than the run's. */
  readonly data?: string;
  /**
   * Which part of the data: what the run recorded; of another folder, or for an autoencoder, as the run's settings split
   * it; `all` = every image (with a mask).
   */
  readonly split?: SplitChoice;
  readonly weights?: WeightsChoice;
  readonly encoder?: string;
  readonly threads?: number;
  readonly onImage?: (done: number, total: number) => void;
  /** Told of images that cannot be used and are left out. */
  readonly onWarning?: (warning: string) => void;
}

/** Scores of a run's network on a set of images, one by one and in short. */
export type Evaluation = { readonly weights: 'best' | 'last'; readonly split: string } & Scored;

type Scored =
  | { readonly kind: 'segmentation'; readonly scores: readonly ImageScores[]; readonly summary: TestSummary }
  | {
      readonly kind: 'reconstruction';
      readonly scores: readonly ReconstructionScores[];
      readonly summary: { readonly images: number; readonly mse: Summary; readonly psnr: Summary };
    };

/** Scores a run's network on images it was not trained on (or on others, if asked). */
export async function evaluateRun(options: EvaluateOptions): Promise<Evaluation> {
  const { split = 'test' } = options;
  const run = await openRun(options.run, { ...options, encoderPath: options.encoder });
  expectNoNoise(run);
  const { config, network, weights } = run;
  const { folder, samples } = await chooseSamples(run, { ...options, split });
  const images = await Images.open(samples, config.kind === 'train', imagesOptionsOf(config));
  try {
    const source = images.part(samples);
    tellProblems(folder, leftOut(images), { ...options, strict: false });
    expectUsable(folder, split, samples, source);
    return { weights, split, ...(await scored(network, source, options)) };
  } finally {
    await images.close();
  }
}

async function scored(
  network: Network,
  source: LoadedSamples,
  { threads = availableParallelism(), onImage }: EvaluateOptions,
): Promise<Scored> {
  const { samples } = source;
  const predictor = await Predictor.open(network, { batch: Math.min(16, samples.length), threads });
  try {
    if (network.architecture.head.channels === 1) {
      const scores = await scoreSegmentation(predictor, samples, source, onImage);
      return { kind: 'segmentation', scores, summary: summariseScores(scores) };
    }
    const scores = await scoreReconstruction(predictor, samples, source);
    const summary = {
      images: scores.length,
      mse: summarise(scores.map(({ mse }) => mse)),
      psnr: summarise(scores.map(({ psnr }) => psnr)),
    };
    return { kind: 'reconstruction', scores, summary };
  } finally {
    await predictor.close();
  }
}
