import type { PixelReading } from '../data/decode/reading.ts';
import { clusterLookup } from '../data/duplicates/clusters.ts';
import { fingerprintsOf } from '../data/duplicates/duplicates.node.ts';
import { type FolderOptions, readDataFolder, type Sample } from '../data/folders/folder.node.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { Splits } from '../records/run-records.ts';
import type { LoadedSamples } from '../train/images.node.ts';
import type { Seen, Use } from './seen.ts';

/** A run, and where its images lie. */
interface SeeingRun {
  readonly path: string;
  readonly config: FolderOptions & { readonly data?: string; readonly pretrained?: string };
}

/**
 * Which of some images the runs have seen, by the hashes in their records and those of the pretrainings that they started from.
 *
 * @param how.elsewhere whether the images are of another folder than the runs', where copies may look alike without being equal
 * @returns undefined if none is known
 */
export async function seenBy(
  runs: readonly SeeingRun[],
  scored: LoadedSamples,
  { elsewhere, reading }: { readonly elsewhere: boolean; readonly reading: PixelReading },
): Promise<Seen | undefined> {
  const useOf = await usesBy(runs);
  const uses = scored.entries.map(({ image }) => useOf.get(image));
  if (elsewhere) {
    const alike = await lookingAlike(runs, scored, reading);
    for (const [i, use] of uses.entries()) if (use === undefined && alike(i)) uses[i] = 'alike';
  }
  const count = (use: Use) => uses.filter((one) => one === use).length;
  const images = scored.samples.filter((_, i) => uses[i] !== undefined).map(({ stem }) => stem);
  if (images.length === 0) return undefined;
  return {
    ...{
      train: count('train'),
      validation: count('validation'),
      plain: count('plain'),
      alike: count('alike'),
    },
    ...{ of: uses.length, images },
  };
}

/** What images were to runs and to the pretrainings that they started from, by the images' hashes, as the records have them. */
export async function usesBy(
  runs: readonly (Pick<SeeingRun, 'path'> & { readonly config: Pick<SeeingRun['config'], 'pretrained'> })[],
): Promise<ReadonlyMap<string, Use>> {
  const useOf = new Map<string, Use>();
  for (const { path, config } of runs) {
    const own = await readEntry(path, RUN.splits);
    const before = config.pretrained ? await splitsOfFolder(config.pretrained) : undefined;
    const plain = [...(own?.plain ?? []), ...(own?.pseudo ?? []), ...(before?.train ?? [])];
    for (const { image } of plain) if (!useOf.has(image)) useOf.set(image, 'plain');
    for (const use of ['validation', 'train'] as const)
      for (const { image } of own?.[use] ?? []) if (useOf.get(image) !== 'train') useOf.set(image, use);
  }
  return useOf;
}

/** It may be a file of weights, or be gone. */
const splitsOfFolder = (folder: string): Promise<Splits | undefined> =>
  readEntry(folder, RUN.splits).catch(() => undefined);

/** Whether the image of a number looks like one that a run trained or validated on. */
async function lookingAlike(
  runs: readonly SeeingRun[],
  { samples, fingerprints }: LoadedSamples,
  reading: PixelReading,
): Promise<(i: number) => boolean> {
  const known = new Set<string>();
  for (const run of runs) for (const { image } of await samplesOf(run)) known.add(image);
  const paths = [...known];
  const clusterOf = clusterLookup(
    [...paths, ...samples.map((_, i) => `scored ${i}`)],
    [...(await fingerprintsOf(paths, reading)), ...fingerprints],
  );
  const clusters = new Set(paths.map((image) => clusterOf({ image })));
  clusters.delete(undefined);
  return (i) => clusters.has(clusterOf({ image: `scored ${i}` }));
}

/** The images that a run trained or validated on, as far as they are still there. */
async function samplesOf({ path, config }: SeeingRun): Promise<readonly Sample[]> {
  const splits = await readEntry(path, RUN.splits);
  const folder = config.data ? await readDataFolder(config.data, config).catch(() => undefined) : undefined;
  if (!splits || !folder) return [];
  const stems = new Set([...splits.train, ...splits.validation].map(({ stem }) => stem));
  return folder.samples.filter(({ stem }) => stems.has(stem));
}
