import type { Row } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { inform, progressOf, warn } from '../core/events.ts';
import { type FolderOptions, readDataFolder } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import { type Labelling, onlyClass } from '../data/masks/labelling.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import { Ensemble, membersOf } from '../eval/ensemble.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Named, rowOf, scoreImages } from '../eval/test-set.node.ts';
import type { RunContext } from '../events/run-event.ts';
import type { ReconstructionScores, ReconstructionSummary } from '../objectives/reconstruct.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import { labellingOf } from '../settings/masks.ts';
import { parseSettings } from '../settings/parse.ts';
import { readingOf } from '../settings/pixels.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import type { TrainConfig } from '../settings/training.ts';
import { expectUsable, Images, imagesOptionsOf, type LoadedSamples, leftOut } from '../train/images.node.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { type Applied, type OpenedRuns, openRuns } from './open-runs.node.ts';
import { seenBy } from './seen.node.ts';
import { type Seen, seenText } from './seen.ts';
import { type EvaluateOptions, evaluateSchema } from './settings.ts';
import { warnOfUnlike } from './unlike.node.ts';

/** Scores of a run's network on a set of images: for each image, and summarised. */
export type Evaluation = {
  readonly weights: 'best' | 'last';
  readonly split: string;
  /** Where the networks know some of the images already: the scores are then no test. */
  readonly seen?: Seen;
  /** How the networks were applied and masks made. */
  readonly applied: Applied;
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

/**
 * Scores a run's network, or the mean of several runs', on images it was not trained on (or on others, if asked; which of them the
 * networks know, is told). The first run says which images, and its weights are told.
 */
export async function evaluate(options: EvaluateOptions, context: RunContext = {}): Promise<Evaluation> {
  const settings = parseSettings(evaluateSchema, options);
  const runs = await openRuns(settings, context);
  const { config, weights } = runs.first;
  const { folder, samples } = await chooseSamples(runs.first, settings);
  const labelling = config.kind === 'train' ? await labellingFor(config, settings, context) : undefined;
  const opened: Images[] = [];
  try {
    const { tiles } = runs;
    // Tiles are resized where they are cut.
    const sizes = tiles ? [tiles.tile] : membersOf(runs.networks, runs.application).sizes;
    const crop = tiles && { scale: tiles.scale, objects: 0 };
    for (const size of sizes) {
      const options = { ...imagesOptionsOf(config, context), size, crop };
      opened.push(await Images.open(samples, opened.length === 0 ? labelling : undefined, options));
    }
    const [images, ...others] = opened;
    const source = images.part(samples);
    tellProblems(folder, leftOut(images), { ...context, strict: false });
    expectUsable(folder, settings.split, samples, source);
    const sources = [source, ...others.map((other) => other.part(source.samples))] as const;
    const named = source.samples.map(({ stem }, i) => ({ name: stem, look: source.looks[i] }));
    const seenAt = runs.tiles ? undefined : runs.first.network.size;
    await warnOfUnlike(runs.first, named, { ...context, size: seenAt });
    const { applied } = runs;
    const elsewhere = settings.data !== undefined;
    const seen = await seenBy(runs.opened, source, { elsewhere, reading: readingOf(config) });
    if (seen && elsewhere) warn(context, seenText(seen));
    const result = await scored(runs, sources, settings.threads, context);
    return { weights, applied, split: settings.split, ...(seen && { seen }), ...result };
  } finally {
    for (const images of opened) await images.close();
  }
}

/**
 * What the masks mean that a run is scored by. Another folder may have other values for the one class of a run; of several classes
 * it has to have the run's.
 */
async function labellingFor(
  config: TrainConfig,
  { data, ...reading }: FolderOptions & { readonly data?: string },
  context: RunContext,
): Promise<Labelling> {
  const own = labellingOf(config);
  const only = onlyClass(own);
  if (data === undefined || !only) return own;
  const given = {
    classes: [{ name: only.name, colour: only.colour }],
    ignore: own.ignore,
    multilabel: false,
  };
  const found = await labellingOfFolder(await readDataFolder(data, reading), given);
  if (!found) return own;
  inform(context, found.told);
  for (const warning of found.warnings) warn(context, warning);
  if (onlyClass(found.labelling)) return found.labelling;
  throw new UserError({
    what: data,
    got: found.told,
    expected: `masks of one class, as the run marks ${only.name} alone`,
    fix: 'make masks of that class',
  });
}

async function scored(
  { first: { objective }, networks, application }: OpenedRuns,
  sources: readonly [LoadedSamples, ...LoadedSamples[]],
  threads: number | 'auto',
  context: RunContext,
): Promise<{ readonly rows: readonly Row[] } & Scored> {
  const [{ samples }] = sources;
  const scoring = objective.scoring as Scoring<object, unknown>;
  const ensemble = await Ensemble.open(networks, {
    ...application,
    batch: Math.min(16, samples.length),
    threads: threadsOf(threads),
  });
  try {
    const scores = await scoreImages(ensemble, scoring, samples, sources, progressOf(context, 'testing'));
    const rows = scores.map((scored) => rowOf(scoring, scored));
    const summary = scoring.summarise(scores);
    // The kind tells which scores these are.
    return { kind: objective.name, rows, scores, summary } as unknown as Scored & { rows: Row[] };
  } finally {
    await ensemble.close();
  }
}
