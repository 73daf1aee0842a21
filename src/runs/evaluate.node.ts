import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { UserError } from '../core/errors.ts';
import { type DataFolder, readDataFolder, type Sample } from '../data/folder.node.ts';
import { tellProblems } from '../data/problems.ts';
import { splitSamples } from '../data/split.ts';
import type { EncoderHooks } from '../encoders/obtain.node.ts';
import { type Summary, summarise } from '../eval/metrics.ts';
import { type Network, Predictor } from '../eval/predictor.node.ts';
import {
  type ImageScores,
  type ReconstructionScores,
  scoreReconstruction,
  scoreSegmentation,
  summariseScores,
  type TestSummary,
} from '../eval/test-set.node.ts';
import { parseSize } from '../train/config.ts';
import { expectUsable, Images, type LoadedSamples, leftOut } from '../train/images.node.ts';
import { splitOptionsOf } from '../train/resolve.node.ts';
import { openRun, readSplits, type WeightsChoice } from './open-run.node.ts';

export interface EvaluateOptions extends EncoderHooks {
  /** A run folder. */
  readonly run: string;
  /** Another data folder than the run's. */
  readonly data?: string;
  /**
   * Which part of the data: what the run recorded; of another folder, or for an autoencoder, as the run's settings split
   * it; `all` = every image (with a mask).
   */
  readonly split?: 'test' | 'validation' | 'train' | 'all';
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

/** What tests does not depend on the run's budget of masks, which another folder may not hold. */
const NO_BUDGET = { labels: 'all', validation: false } as const;

/** Scores a run's network on images it was not trained on (or on others, if asked). */
export async function evaluateRun(options: EvaluateOptions): Promise<Evaluation> {
  const { split = 'test' } = options;
  const run = await openRun(options.run, { ...options, encoderPath: options.encoder });
  const { config, network, weights } = run;
  const segments = config.kind === 'train';
  const data = options.data ?? config.data;
  if (!data || !existsSync(data)) {
    throw new UserError({
      what: 'evaluation',
      got: data ? `the data folder ${data}, which is not there` : 'no data folder',
      expected: 'images to score',
      fix: 'pass --data DIR',
    });
  }
  const folder = await readDataFolder(data);
  const samples =
    split === 'all'
      ? folder.samples.filter((sample) => !segments || sample.mask !== undefined)
      : segments && !options.data
        ? await recordedSamples(options.run, split, folder)
        : splitSamples(folder, splitOptionsOf(split === 'test' ? { ...config, ...NO_BUDGET } : config))[
            split
          ];
  if (samples.length === 0) {
    throw new UserError({
      what: `the ${split} set of ${data}`,
      got: segments ? 'no images with masks' : 'no images',
      expected: 'at least one',
      fix: 'choose another with --split, or another folder with --data',
    });
  }
  const images = await Images.open(samples, segments, {
    size: parseSize(config.size),
    workers: 1,
    memoryBytes: Number(config.memory),
  });
  try {
    const source = images.part(samples);
    tellProblems(data, leftOut(images), { ...options, strict: false });
    expectUsable(data, split, samples, source);
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
    if (network.architecture.outputs === 1) {
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

/** The images that did this in the run, whatever has been added to the folder since. */
async function recordedSamples(
  run: string,
  split: 'test' | 'validation' | 'train',
  { root, samples }: DataFolder,
): Promise<Sample[]> {
  const recorded = (await readSplits(run))[split];
  const sampleOf = new Map(samples.map((sample) => [sample.stem, sample]));
  return recorded.map(({ stem }) => {
    const sample = sampleOf.get(stem);
    if (sample?.mask) return sample;
    throw new UserError({
      what: `${root}: image ${stem}`,
      got: sample ? 'no mask any more' : 'no such image any more',
      expected: `the ${split} images that the run used`,
      fix: 'restore it, or pass --data DIR',
    });
  });
}
