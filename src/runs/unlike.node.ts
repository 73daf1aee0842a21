import { type Listener, warn } from '../core/events.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { type SeenImage, unlikeTexts } from './unlike.ts';

/** Warns of images that are unlike those that a run has learned from, by its record of them. */
export async function warnOfUnlike(
  { path, network }: Pick<OpenedRun, 'path' | 'network'>,
  images: readonly SeenImage[],
  listener: Listener,
): Promise<void> {
  const looks = await readEntry(path, RUN.looks);
  for (const text of unlikeTexts(images, { looks, size: network.size })) warn(listener, text);
}
