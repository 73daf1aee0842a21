import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { startWorker, unpackError } from '../../core/worker.node.ts';
import {
  type DataFolder,
  imageNames,
  type ListName,
  listNames,
  readDataFolder,
  readImageFolder,
  type Sample,
} from '../folder.node.ts';
import { WorkerPool } from '../pool.node.ts';
import { type Duplicates, findDuplicates } from './duplicates.ts';
import type { SampleFacts } from './facts.node.ts';
import type { FactsReply } from './facts.worker.node.ts';
import { planOf, type SplitPlan } from './plan.ts';
import { type Problem, problemsOf } from './problems.ts';
import { type AreaSummary, countBy, type SizeSummary, summariseAreas, summariseSizes } from './summaries.ts';

export interface CheckOptions {
  /** Threads that read; default one a core. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a folder holds, as far as training is concerned. */
export interface DataCheck {
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
  readonly duplicates: readonly Duplicates[];
  /** What default settings would do; undefined if they cannot split the folder. */
  readonly plan?: SplitPlan;
  readonly problems: readonly Problem[];
}

/**
 * Reads every file of a data folder, or of a folder of plain images, and says what is in it and what is wrong.
 * @throws UserError if it is no such folder, or its lists name what is not there
 */
export async function checkData(folder: string, options: CheckOptions = {}): Promise<DataCheck> {
  const data = await readEitherFolder(folder);
  const facts = await readFacts(data.samples, options);
  const { plan, refusal, partOf } = planOf(data, facts);
  const duplicates = findDuplicates(data.samples, facts, partOf);
  const images = facts.flatMap(({ image }) => image ?? []);
  const areas = facts.flatMap(({ mask }) => mask?.area ?? []);
  const withMask = data.samples.filter((sample) => sample.mask !== undefined).length;
  const masks = await countMasks(folder);
  return {
    folder,
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
    duplicates,
    ...(plan && { plan }),
    problems: problemsOf({ data, facts, duplicates, refusal }),
  };
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

async function readFacts(
  samples: readonly Sample[],
  { workers = availableParallelism(), onProgress }: CheckOptions,
): Promise<SampleFacts[]> {
  const url = new URL('./facts.worker.node.ts', import.meta.url);
  const pool = new WorkerPool<Sample, FactsReply>(
    Array.from({ length: Math.max(1, workers) }, () => startWorker(url)),
  );
  let done = 0;
  const read = async (sample: Sample) => {
    const reply = await pool.run(sample);
    onProgress?.(++done, samples.length);
    if ('error' in reply) throw unpackError(reply.error);
    return reply.facts;
  };
  try {
    return await Promise.all(samples.map(read));
  } finally {
    await pool.close();
  }
}
