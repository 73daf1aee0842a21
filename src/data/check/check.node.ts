import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { UserError } from '../../core/errors.ts';
import { unpackError } from '../../core/packed-error.ts';
import { WorkerPool } from '../../core/pool.node.ts';
import type { Size } from '../../core/size.ts';
import { startWorker } from '../../core/worker.node.ts';
import { clusteringOf } from '../duplicates/clusters.ts';
import {
  type DataFolder,
  type FolderOptions,
  type ListName,
  listNames,
  readEitherFolder,
} from '../folders/folder.node.ts';
import { grouped, withGroups } from '../folders/groups.node.ts';
import type { Grouping } from '../folders/groups.ts';
import { passedOverText } from '../folders/image-files.node.ts';
import type { GivenLabelling } from '../masks/decide.ts';
import { BACKGROUND, foreground } from '../masks/labelling.ts';
import { type Cluster, crosses, findClusters, namesOf, type Surveyed } from './clusters.ts';
import { alikeIn, type Duplicates, equalIn } from './duplicates.ts';
import type { FactsTask, SampleFacts } from './facts.node.ts';
import type { FactsReply } from './facts.worker.node.ts';
import { type MaskMeaning, meaningOf } from './meaning.node.ts';
import { type GivenPixels, type PixelMeaning, pixelMeaningOf } from './pixels.node.ts';
import { type Planned, planOf, type SplitPlan } from './plan.ts';
import { type Problem, problemsOf } from './problems.ts';
import {
  type AreaSummary,
  countBy,
  type GroupSummary,
  type SizeSummary,
  summariseAreas,
  summariseGroups,
  summariseSizes,
} from './summaries.ts';

export interface CheckOptions extends Grouping, FolderOptions {
  /** More folders, whose images are compared with those of the first, too. */
  readonly also?: readonly string[];
  /** What is said of the masks of the first folder; of the others it is found in them. */
  readonly given?: GivenLabelling & { readonly multilabel: boolean };
  /** The network's, at which masks may lose what they mark; default that of a training. */
  readonly size?: Size;
  /** What is said of the pixels of all folders. */
  readonly pixels?: GivenPixels;
  /** Threads that read; default one a core. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends it after the files under way. */
  readonly signal?: AbortSignal;
}

/** How much there is of a class. */
export interface ClassCount {
  readonly name: string;
  readonly number: number;
  readonly masks: number;
  readonly share: number;
}

/** What a folder holds, as far as training is concerned. */
export interface FolderCheck {
  readonly folder: string;
  readonly images: {
    readonly total: number;
    readonly with_mask: number;
    readonly without_mask: number;
    /** Images that can be read, by what their content is. */
    readonly formats: Readonly<Record<string, number>>;
    /** How many of them have no colour. */
    readonly grey: number;
    /** How stored values become black and white, in one line; absent where they are usual ones. */
    readonly pixels?: string;
  };
  readonly masks: {
    readonly total: number;
    readonly without_image: number;
    /** What their values mean, in one line; absent where nobody can say. */
    readonly meaning?: string;
    /** Where there are several: of each class, in how many masks it is, and its share of all pixels. */
    readonly classes?: readonly ClassCount[];
  };
  /** Names in each list there is. */
  readonly lists: Readonly<Partial<Record<ListName, number>>>;
  /** Files that are neither images nor read, by their ending; absent if there are none. */
  readonly passed_over?: Readonly<Record<string, number>>;
  /** Of the images that can be read. */
  readonly sizes?: SizeSummary;
  /** Of the masks that can be used: all that is not background. */
  readonly mask_area?: AreaSummary;
  /** Where images have groups, such as patients. */
  readonly groups?: GroupSummary;
  /** Files that are equal byte by byte. */
  readonly duplicates: readonly Duplicates[];
  /** What default settings would do; undefined if they cannot split the folder. */
  readonly plan?: SplitPlan;
  readonly problems: readonly Problem[];
}

/** The first folder, those beside it, and which images of all of them are duplicates. */
export interface DataCheck extends FolderCheck {
  /** The others, if there are any. */
  readonly also?: readonly FolderCheck[];
  /**
   * Images that are equal byte by byte or look alike (re-encoded, resized, brighter or darker), by stem; of several
   * folders that share a stem, by `folder/stem`.
   */
  readonly clusters: readonly (readonly string[])[];
  /** Those of them that lie in several folders, or in several of training, validation and test. */
  readonly crossing: readonly (readonly string[])[];
}

/**
 * Reads every file of a data folder, or of a folder of plain images, and says what is in it and what is wrong.
 * @throws UserError if it is no such folder, is named twice, or its lists name what is not there; for groups as
 *   `readGroupedFolder` does; the reason of `signal` once it ends the work
 */
export async function checkData(folder: string, options: CheckOptions = {}): Promise<DataCheck> {
  const roots = [folder, ...(options.also ?? [])];
  expectDifferent(roots);
  const [own, ...others] = await Promise.all(
    roots.map((root, i) => readEitherFolder(root, i === 0 ? options : { pages: options.pages })),
  );
  const data = [await withGroups(own, options, others.length > 0)];
  for (const other of others) data.push({ ...other, samples: await grouped(other.samples, options) });
  const nothing = { multilabel: false };
  const onFile = () => options.signal?.throwIfAborted();
  const meanings = await Promise.all(
    data.map((one, i) => meaningOf(one, i === 0 ? (options.given ?? nothing) : nothing, onFile)),
  );
  const pixels = await Promise.all(data.map((one) => pixelMeaningOf(one, options.pixels, onFile)));
  const facts = await readFacts(data, { meanings, pixels }, options);
  const { size = USUAL_SIZE } = options;
  const clustersAmong = clusteringOf(facts.flat().flatMap(({ image }) => image ?? []));
  const surveys = data.map((one, i): Survey => {
    const known = { data: one, facts: facts[i], meaning: meanings[i], pixels: pixels[i], size };
    return { ...known, ...planOf(one, facts[i], clustersAmong) };
  });
  const clusters = findClusters(surveys, clustersAmong);
  const [first, ...also] = await Promise.all(surveys.map((survey) => checkFolder(survey, clusters)));
  const nameOf = namesOf(surveys);
  const named = (some: readonly Cluster[]) => some.map((members) => members.map(nameOf));
  return {
    ...first,
    ...(also.length > 0 && { also }),
    clusters: named(clusters),
    crossing: named(clusters.filter(crosses)),
  };
}

type Survey = Surveyed &
  Planned & { readonly meaning: MaskMeaning; readonly pixels: PixelMeaning; readonly size: Size };

/** That of the networks of the recipe full. */
const USUAL_SIZE: Size = { height: 256, width: 256 };

async function checkFolder(survey: Survey, clusters: readonly Cluster[]): Promise<FolderCheck> {
  const { data, facts, plan, refusal, meaning, pixels, size } = survey;
  const duplicates = equalIn(survey);
  const images = facts.flatMap(({ image }) => image ?? []);
  const areas = facts.flatMap(({ mask }) => (mask?.areas ? [mask.areas] : []));
  const ofObjects = objectAreas(areas, meaning);
  const withMask = data.samples.filter((sample) => sample.mask !== undefined).length;
  const orphans = data.orphans ?? 0;
  return {
    folder: data.root,
    images: {
      total: data.samples.length,
      with_mask: withMask,
      without_mask: data.samples.length - withMask,
      formats: Object.fromEntries(countBy(images, ({ format }) => format)),
      grey: images.filter(({ grey }) => grey).length,
      ...(pixels.told && { pixels: pixels.told.replace(/^pixels: /, '') }),
    },
    masks: {
      ...{ total: withMask + orphans, without_image: orphans },
      ...(meaning.told && { meaning: meaning.told.replace(/^masks: /, '') }),
      ...classCounts(areas, meaning),
    },
    lists: Object.fromEntries(
      listNames.flatMap((name) => (data.lists[name] ? [[name, data.lists[name].length]] : [])),
    ),
    ...(passedOverText(data.passedOver) && { passed_over: data.passedOver }),
    ...(images.length > 0 && { sizes: summariseSizes(images) }),
    ...(ofObjects.length > 0 && { mask_area: summariseAreas(ofObjects) }),
    ...summariseGroups(data.samples),
    duplicates,
    ...(plan && { plan }),
    problems: problemsOf({
      data,
      facts,
      duplicates,
      alike: alikeIn(survey, clusters),
      refusal,
      meaning,
      size,
      pixels,
    }),
  };
}

/** Of each mask the share that is not background; none where everything is of a class. */
function objectAreas(areas: readonly (readonly number[])[], { labelling }: MaskMeaning): number[] {
  if (labelling?.classes[0].name !== BACKGROUND) return [];
  return areas.map((shares) => shares.slice(1).reduce((sum, share) => sum + share, 0));
}

function classCounts(
  areas: readonly (readonly number[])[],
  { labelling }: MaskMeaning,
): { readonly classes?: readonly ClassCount[] } {
  if (!labelling || foreground(labelling).length < 2) return {};
  const classes = labelling.classes.map(({ name, number }, k) => ({
    ...{ name, number },
    masks: areas.filter((shares) => shares[k] > 0).length,
    share: areas.reduce((sum, shares) => sum + shares[k], 0) / areas.length,
  }));
  return { classes };
}

function expectDifferent(roots: readonly string[]): void {
  const places = roots.map((root) => resolve(root));
  const again = places.findIndex((place, i) => places.indexOf(place) < i);
  if (again < 0) return;
  throw new UserError({
    what: roots[again],
    got: 'the same folder twice',
    expected: 'different folders',
    fix: 'name each once',
  });
}

/** Of each folder what its masks and pixels mean. */
interface Known {
  readonly meanings: readonly MaskMeaning[];
  readonly pixels: readonly PixelMeaning[];
}

/** Of each folder those of its samples. */
async function readFacts(
  folders: readonly DataFolder[],
  { meanings, pixels }: Known,
  { workers = availableParallelism(), size = USUAL_SIZE, onProgress, signal }: CheckOptions,
): Promise<SampleFacts[][]> {
  const url = new URL('./facts.worker.node.ts', import.meta.url);
  const pool = new WorkerPool<FactsTask, FactsReply>(
    Array.from({ length: Math.max(1, workers) }, () => startWorker(url)),
  );
  const total = folders.reduce((sum, { samples }) => sum + samples.length, 0);
  let done = 0;
  const read = async (task: FactsTask) => {
    const reply = await pool.run(task);
    onProgress?.(++done, total);
    signal?.throwIfAborted();
    if ('error' in reply) throw unpackError(reply.error);
    return reply.facts;
  };
  try {
    return await Promise.all(
      folders.map(({ samples }, i) =>
        Promise.all(
          samples.map((sample) =>
            read({ sample, reading: pixels[i].reading, labelling: meanings[i].labelling, size }),
          ),
        ),
      ),
    );
  } finally {
    await pool.close();
  }
}
