import { type Listener, warn } from '../core/events.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { type Known, type SeenImage, unlikeTexts } from './unlike.ts';

/** Warns of images that are unlike those that a run has learned from, by its record of them; `size` as in `Known`. */
export async function warnOfUnlike(
  { path }: Pick<OpenedRun, 'path'>,
  images: readonly SeenImage[],
  { size, ...listener }: Listener & Pick<Known, 'size'>,
): Promise<void> {
  const looks = await readEntry(path, RUN.looks);
  for (const text of unlikeTexts(images, { looks, size })) warn(listener, text);
}
