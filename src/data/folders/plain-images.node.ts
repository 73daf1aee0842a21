import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../core/cache-folder.node.ts';
import { UserError } from '../../core/errors.ts';
import { inform, type Listener, progressOf } from '../../core/events.ts';
import { isUnfinished, writing } from '../../core/files.node.ts';
import type { Size } from '../../core/size.ts';
import { GENERATOR_VERSION, writeSyntheticData } from '../../synthetic/write.node.ts';
import { readImageFolder, type Sample } from './folder.node.ts';
import type { Pages } from './pages.ts';
import { syntheticCount } from './synthetic-name.ts';

/** Far from the seeds of sets that are drawn by hand: these images are to be in none of them. */
const SEED = 1_000_000;

/**
 * The images of a folder, by pages, or of `synthetic:N` those that are drawn once at this size and kept in the user's cache folder.
 * They are the same for every run, the first N of one series, and have names of their own: a data folder may hold such a set.
 *
 * @throws UserError if there are none, or of kept ones other than N
 */
export async function readPlainImages(
  images: string,
  { pages, ...size }: Size & { readonly pages?: Pages },
  listener: Listener = {},
): Promise<readonly Sample[]> {
  const count = syntheticCount(images);
  if (count === undefined) return readImageFolder(images, pages);
  const name = `synthetic-v${GENERATOR_VERSION}-${count}-${size.height}x${size.width}-seed${SEED}`;
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) await draw(folder, count, size, listener);
  const samples = await readImageFolder(folder);
  if (samples.length === count) return samples.map((sample) => ({ ...sample, stem: `plain-${sample.stem}` }));
  throw new UserError({
    what: folder,
    got: `${samples.length} images`,
    expected: `the ${count} that were kept there`,
    fix: 'take the folder away: they are drawn again',
  });
}

/** Whole or not at all: beside its place first, then moved. Of several that draw at once the first one counts. */
async function draw(folder: string, count: number, size: Size, listener: Listener): Promise<void> {
  await clearBrokenOff();
  const said = `drawing ${count} synthetic images of ${size.height}x${size.width}, to be kept in ${folder}`;
  inform(listener, said);
  const beside = `${folder}.${randomUUID()}.part`;
  try {
    await writeSyntheticData({
      out: beside,
      count,
      labelled: 0,
      test: 0,
      size,
      seed: SEED,
      onImage: progressOf(listener, 'drawing images'),
    });
    await writing(folder, () => rename(beside, folder));
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Nobody draws on after so long without a new image, in ms. */
const STALE = 3_600_000;

/** Takes away what programs that were killed while they drew have left. */
async function clearBrokenOff(): Promise<void> {
  const names = await readdir(cacheFolder()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith('synthetic-') && isUnfinished(each))) {
    const folder = join(cacheFolder(), name);
    const lastImage = await stat(join(folder, 'images')).catch(() => undefined);
    if (Date.now() - (lastImage?.mtimeMs ?? Date.now()) > STALE) await rm(folder, { recursive: true });
  }
}
