import type { Row } from '../core/csv.ts';
import { progressOf } from '../core/events.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { Labelling } from '../data/masks/labelling.ts';
import { Ensemble, membersOf } from '../eval/ensemble.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Named, rowOf, type SetWatch, scoreImages } from '../eval/test-set.node.ts';
import type { RunContext } from '../events/run-event.ts';
import type { ReconstructionScores, ReconstructionSummary } from '../objectives/reconstruct.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import type { Device } from '../runtime/device.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { expectUsable, Images, imagesOptionsOf, type LoadedSamples, leftOut } from '../train/images.node.ts';
import type { OpenedRuns } from './open-runs.node.ts';

/** Images that are scored. */
export interface ScoredSamples {
  /** Where they lie, and what they are there, for messages. */
  readonly folder: string;
  readonly purpose: string;
  readonly samples: readonly Sample[];
  /** What their masks mean; without it they are not read. */
  readonly labelling?: Labelling;
}

/** The images of a set at each size that networks need, the first with the masks. */
export type Sources = readonly [LoadedSamples, ...LoadedSamples[]];

/** Scores of a set of images: for each image, as rows of a table, and summarised. */
export type ScoredSet = { readonly rows: readonly Row[] } & (
  | {
      readonly kind: 'segmentation';
      readonly scores: readonly Named<SegmentationScores>[];
      readonly summary: TestSummary;
    }
  | {
      readonly kind: 'reconstruction';
      readonly scores: readonly Named<ReconstructionScores>[];
      readonly summary: ReconstructionSummary;
    }
);

/**
 * Reads images as the runs' networks need them, and runs `body` on those that can be used; what is wrong with the others is told.
 *
 * @throws UserError if none can be used
 */
export async function withSources<T>(
  { first: { config, objective }, networks, application, tiles }: OpenedRuns,
  { folder, purpose, samples, labelling }: ScoredSamples,
  context: RunContext,
  body: (sources: Sources) => Promise<T>,
): Promise<T> {
  const opened: Images[] = [];
  try {
    // Tiles are resized where they are cut.
    const sizes = tiles ? [tiles.tile] : membersOf(networks, application).sizes;
    const crop = tiles && { scale: tiles.scale, objects: 0 };
    for (const size of sizes) {
      const options = { ...imagesOptionsOf(config, context), size, crop };
      opened.push(await Images.open(samples, opened.length === 0 ? labelling : undefined, options));
    }
    const [images, ...others] = opened;
    const source = images.scored(samples, objective.head.channels);
    tellProblems(folder, leftOut(images, source), { ...context, strict: false });
    expectUsable(folder, purpose, samples, source);
    return await body([source, ...others.map((other) => other.part(source.samples))]);
  } finally {
    for (const images of opened) await images.close();
  }
}

/** Scores the mean of the runs' networks on images, one by one. */
export async function scoredSet(
  { first: { objective }, networks, application }: OpenedRuns,
  sources: Sources,
  {
    threads,
    device,
    watch,
  }: { readonly threads: number | 'auto'; readonly device?: Device; readonly watch?: SetWatch },
  context: RunContext,
): Promise<ScoredSet> {
  const [{ samples }] = sources;
  const scoring = objective.scoring as Scoring<object, unknown>;
  const ensemble = await Ensemble.open(networks, {
    ...application,
    batch: Math.min(16, samples.length),
    threads: threadsOf(threads),
    device,
    watched: watch !== undefined,
  });
  try {
    const onImage = progressOf(context, 'testing');
    const scores = await scoreImages(ensemble, scoring, samples, sources, { onImage, watch });
    const rows = scores.map((scored) => rowOf(scoring, scored));
    const summary = scoring.summarise(scores);
    // The kind tells which scores these are.
    return { kind: objective.name, rows, scores, summary } as unknown as ScoredSet;
  } finally {
    await ensemble.close();
  }
}
