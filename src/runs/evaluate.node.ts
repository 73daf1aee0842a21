import { availableParallelism } from 'node:os';
import type { Row } from '../core/csv.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { EncoderHooks } from '../encoders/obtain.node.ts';
import { Predictor } from '../eval/predictor.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Named, scoreImages } from '../eval/test-set.node.ts';
import type { ReconstructionScores, ReconstructionSummary } from '../objectives/reconstruct.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import { expectUsable, Images, imagesOptionsOf, type LoadedSamples, leftOut } from '../train/images.node.ts';
import { chooseSamples, type SplitChoice } from './choose-samples.node.ts';
import { expectNoNoise, type OpenedRun, openRun, type WeightsChoice } from './open-run.node.ts';

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
export type Evaluation = {
  readonly weights: 'best' | 'last';
  readonly split: string;
  /** The scores as rows of a table. */
  readonly rows: readonly Row[];
} & Scored;

type Scored =
  | {
      readonly kind: 'segmentation';
      readonly scores: readonly Named<SegmentationScores>[];
      readonly summary: TestSummary;
    }
  | {
      readonly kind: 'reconstruction';
      readonly scores: readonly Named<ReconstructionScores>[];
      readonly summary: ReconstructionSummary;
    };

/** Scores a run's network on images it was not trained on (or on others, if asked). */
export async function evaluateRun(options: EvaluateOptions): Promise<Evaluation> {
  const { split = 'test' } = options;
  const run = await openRun(options.run, { ...options, encoderPath: options.encoder });
  expectNoNoise(run);
  const { config, objective, weights } = run;
  const { folder, samples } = await chooseSamples(run, { ...options, split });
  const images = await Images.open(samples, objective.scoring.needsMasks, imagesOptionsOf(config));
  try {
    const source = images.part(samples);
    tellProblems(folder, leftOut(images), { ...options, strict: false });
    expectUsable(folder, split, samples, source);
    return { weights, split, ...(await scored(run, source, options)) };
  } finally {
    await images.close();
  }
}

async function scored(
  { objective, network }: OpenedRun,
  source: LoadedSamples,
  { threads = availableParallelism(), onImage }: EvaluateOptions,
): Promise<{ readonly rows: readonly Row[] } & Scored> {
  const { samples } = source;
  const scoring = objective.scoring as Scoring<object, unknown>;
  const predictor = await Predictor.open(network, { batch: Math.min(16, samples.length), threads });
  try {
    const scores = await scoreImages(predictor, scoring, samples, source, onImage);
    const rows = scores.map(({ stem, ...scored }) => ({ stem, ...scoring.row(scored) }));
    const summary = scoring.summarise(scores);
    // The kind tells which scores these are.
    return { kind: objective.name, rows, scores, summary } as unknown as Scored & { rows: Row[] };
  } finally {
    await predictor.close();
  }
}
