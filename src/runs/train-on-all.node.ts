import { inform } from '../core/events.ts';
import { readDataFolder } from '../data/folders/folder.node.ts';
import type { TrainOptions } from '../settings/training.ts';
import type { RunPlace } from '../train/place.ts';
import { trainInRounds } from './self-training.node.ts';

/**
 * Trains a network on all masks of a data folder, those of its lists included, without plain images: so all of them can be held out in
 * turn. What is there already is not trained again, and what was stopped goes on.
 *
 * @returns whether it ended; false if it was interrupted
 * @throws UserError for a folder without masks
 */
export async function trainOnAll(options: TrainOptions, place: RunPlace): Promise<boolean> {
  const { samples } = await readDataFolder(options.data, options);
  const train = samples.filter(({ mask }) => mask !== undefined);
  inform(place, `a network is trained on all ${train.length} masks, into ${place.out}`);
  const splits = { train, validation: [], test: [], plain: [], warnings: [] };
  const settings = { ...options, consistency: 'off', validation: false } as const;
  // Without a mask the usual way says why.
  const summary = await trainInRounds(
    settings,
    { ...place, resume: true },
    train.length > 0 ? { splits } : {},
  );
  return !summary.interrupted;
}
