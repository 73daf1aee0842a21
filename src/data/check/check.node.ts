import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { UserError } from '../../core/errors.ts';
import { WorkerPool } from '../../core/pool.node.ts';
import { startWorker, unpackError } from '../../core/worker.node.ts';
import {
  type DataFolder,
  imageNames,
  type ListName,
  listNames,
  readDataFolder,
  readImageFolder,
  type Sample,
} from '../folders/folder.node.ts';
import { grouped, withGroups } from '../folders/groups.node.ts';
import type { Grouping } from '../folders/groups.ts';
import { type Cluster, crosses, findClusters, namesOf, type Surveyed } from './clusters.ts';
import { alikeIn, type Duplicates, equalIn } from './duplicates.ts';
import type { SampleFacts } from './facts.node.ts';
import type { FactsReply } from './facts.worker.node.ts';
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

export interface CheckOptions extends Grouping {
  /** More folders, whose images are compared with those of the first, too. */
  readonly also?: readonly string[];
  /** Threads that read; default one a core. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
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
  };
  readonly masks: { readonly total: number; readonly without_image: number };
  /** Names in each list there is. */
  readonly lists: Readonly<Partial<Record<ListName, number>>>;
  /** Of the images that can be read. */
  readonly sizes?: SizeSummary;
  /** Of the masks that can be used. */
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
 *   `readGroupedFolder` does
 */
export async function checkData(folder: string, options: CheckOptions = {}): Promise<DataCheck> {
  const roots = [folder, ...(options.also ?? [])];
  expectDifferent(roots);
  const [own, ...others] = await Promise.all(roots.map(readEitherFolder));
  const data = [await withGroups(own, options, others.length > 0)];
  for (const other of others) data.push({ ...other, samples: await grouped(other.samples, options) });
  const facts = await readFacts(data, options);
  const surveys = data.map((one, i): Survey => ({ data: one, facts: facts[i], ...planOf(one, facts[i]) }));
  const clusters = findClusters(surveys);
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

type Survey = Surveyed & Planned;

async function checkFolder(survey: Survey, clusters: readonly Cluster[]): Promise<FolderCheck> {
  const { data, facts, plan, refusal } = survey;
  const duplicates = equalIn(survey);
  const images = facts.flatMap(({ image }) => image ?? []);
  const areas = facts.flatMap(({ mask }) => mask?.area ?? []);
  const withMask = data.samples.filter((sample) => sample.mask !== undefined).length;
  const masks = await countMasks(data.root);
  return {
    folder: data.root,
    images: {
      total: data.samples.length,
      with_mask: withMask,
      without_mask: data.samples.length - withMask,
      formats: Object.fromEntries(countBy(images, ({ format }) => format)),
      grey: images.filter(({ grey }) => grey).length,
    },
    masks: { total: masks, without_image: masks - withMask },
    lists: Object.fromEntries(
      listNames.flatMap((name) => (data.lists[name] ? [[name, data.lists[name].length]] : [])),
    ),
    ...(images.length > 0 && { sizes: summariseSizes(images) }),
    ...(areas.length > 0 && { mask_area: summariseAreas(areas) }),
    ...summariseGroups(data.samples),
    duplicates,
    ...(plan && { plan }),
    problems: problemsOf({ data, facts, duplicates, alike: alikeIn(survey, clusters), refusal }),
  };
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

async function readEitherFolder(root: string): Promise<DataFolder> {
  if (await isFolder(join(root, 'images'))) return readDataFolder(root);
  return { root, samples: await readImageFolder(root), lists: {}, warnings: [] };
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Masks by their names, those without an image too; 0 without a folder of masks. */
async function countMasks(root: string): Promise<number> {
  return (await imageNames(join(root, 'masks')).catch(() => [])).length;
}

/** Of each folder those of its samples. */
async function readFacts(
  folders: readonly DataFolder[],
  { workers = availableParallelism(), onProgress }: CheckOptions,
): Promise<SampleFacts[][]> {
  const url = new URL('./facts.worker.node.ts', import.meta.url);
  const pool = new WorkerPool<Sample, FactsReply>(
    Array.from({ length: Math.max(1, workers) }, () => startWorker(url)),
  );
  const total = folders.reduce((sum, { samples }) => sum + samples.length, 0);
  let done = 0;
  const read = async (sample: Sample) => {
    const reply = await pool.run(sample);
    onProgress?.(++done, total);
    if ('error' in reply) throw unpackError(reply.error);
    return reply.facts;
  };
  try {
    return await Promise.all(folders.map(({ samples }) => Promise.all(samples.map(read))));
  } finally {
    await pool.close();
  }
}
