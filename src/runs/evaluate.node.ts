import type { Row } from '../core/csv.ts';
import { progressOf } from '../core/events.ts';
import { tellProblems } from '../data/folders/problems.ts';
import { Predictor } from '../eval/predictor.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Named, scoreImages } from '../eval/test-set.node.ts';
import type { RunContext } from '../events/run-event.ts';
import type { ReconstructionScores, ReconstructionSummary } from '../objectives/reconstruct.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import { parseSettings } from '../settings/parse.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { expectUsable, Images, imagesOptionsOf, type LoadedSamples, leftOut } from '../train/images.node.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { expectNoNoise, type OpenedRun, openRun } from './open-run.node.ts';
import { type EvaluateOptions, evaluateSchema } from './settings.ts';

/** Scores of a run's network on a set of images: for each image, and summarised. */
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
export async function evaluate(options: EvaluateOptions, context: RunContext = {}): Promise<Evaluation> {
  const settings = parseSettings(evaluateSchema, options);
  const { split, encoder } = settings;
  const run = await openRun(settings.run, { ...context, weights: settings.weights, encoder });
  expectNoNoise(run);
  const { config, objective, weights } = run;
  const { folder, samples } = await chooseSamples(run, settings);
  const images = await Images.open(samples, objective.scoring.needsMasks, imagesOptionsOf(config, context));
  try {
    const source = images.part(samples);
    tellProblems(folder, leftOut(images), { ...context, strict: false });
    expectUsable(folder, split, samples, source);
    return { weights, split, ...(await scored(run, source, settings.threads, context)) };
  } finally {
    await images.close();
  }
}

async function scored(
  { objective, network }: OpenedRun,
  source: LoadedSamples,
  threads: number | 'auto',
  context: RunContext,
): Promise<{ readonly rows: readonly Row[] } & Scored> {
  const { samples } = source;
  const scoring = objective.scoring as Scoring<object, unknown>;
  const predictor = await Predictor.open(network, {
    batch: Math.min(16, samples.length),
    threads: threadsOf(threads),
  });
  try {
    const scores = await scoreImages(predictor, scoring, samples, source, progressOf(context, 'testing'));
    const rows = scores.map(({ stem, ...scored }) => ({ stem, ...scoring.row(scored) }));
    const summary = scoring.summarise(scores);
    // The kind tells which scores these are.
    return { kind: objective.name, rows, scores, summary } as unknown as Scored & { rows: Row[] };
  } finally {
    await predictor.close();
  }
}
