import { existsSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { splitFolder } from '../data/duplicates/duplicates.node.ts';
import {
  type DataFolder,
  type FolderOptions,
  readDataFolder,
  type Sample,
} from '../data/folders/folder.node.ts';
import { readGroupedFolder } from '../data/folders/groups.node.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { splitOptionsOf } from '../settings/meaning.ts';
import type { OpenedRun } from './open-run.node.ts';
import type { SplitChoice } from './settings.ts';

/** What tests does not depend on the run's budget of masks, which another folder may not hold. */
const NO_BUDGET = { labels: 'all', validation: false } as const;

/** Another folder may have lists, and is no part of the run's folds. */
const NO_FOLD = { fold: undefined } as const;

/**
 * The images of a part of the data: of the run's own folder as the run recorded it; of another folder, or for an
 * autoencoder, as the run's settings split it.
 *
 * @param options.data another data folder than the run's
 * @param options.flag how the user names it, where it is not `--data` beside a `--split`
 * @throws UserError if there are none, or one of the recorded images is gone
 */
export async function chooseSamples(
  run: Pick<OpenedRun, 'path' | 'config'>,
  {
    data,
    split,
    flag,
    ...reading
  }: {
    readonly data?: string;
    readonly split: SplitChoice;
    readonly flag?: string;
  } & FolderOptions,
): Promise<{ readonly folder: string; readonly samples: readonly Sample[] }> {
  const { config } = run;
  const segments = config.kind === 'train';
  const place = data ?? config.data;
  if (!place || !existsSync(place)) {
    throw new UserError({
      what: run.path,
      got: place ? `the data folder ${place}, which is not there` : 'no data folder',
      expected: 'images to score',
      fix: `pass ${flag ?? '--data'} DIR`,
    });
  }
  // What the run recorded has its groups in the record; its file of groups says nothing of another folder.
  const recorded = segments && !data && split !== 'all';
  const folder =
    recorded || data
      ? await readDataFolder(place, data ? { ...reading, pages: reading.pages ?? config.pages } : config)
      : await readGroupedFolder(place, config);
  const samples =
    split === 'all'
      ? folder.samples.filter((sample) => !segments || sample.mask !== undefined)
      : recorded
        ? await recordedSamples(run.path, split, folder)
        : (
            await splitFolder(
              folder,
              splitOptionsOf({ ...config, ...(split === 'test' && NO_BUDGET), ...(data && NO_FOLD) }),
            )
          )[split];
  if (samples.length === 0) {
    throw new UserError({
      what: `the ${split} set of ${place}`,
      got: segments ? 'no images with masks' : 'no images',
      expected: 'at least one',
      fix: flag
        ? `name other images with ${flag}`
        : 'choose another with --split, or another folder with --data',
    });
  }
  return { folder: place, samples };
}

/** The images that were used for this in the run, without those that were added to the folder since. */
async function recordedSamples(
  run: string,
  split: 'test' | 'validation' | 'train',
  { root, samples }: DataFolder,
): Promise<Sample[]> {
  const recorded = (await expectEntry(run, RUN.splits))[split];
  const sampleOf = new Map(samples.map((sample) => [sample.stem, sample]));
  return recorded.map(({ stem, group }) => {
    const sample = sampleOf.get(stem);
    if (sample?.mask) return group === undefined ? sample : { ...sample, group };
    throw new UserError({
      what: `${root}: image ${stem}`,
      got: sample ? 'no mask any more' : 'no such image any more',
      expected: `the ${split} images that the run used`,
      fix: 'restore it, or pass --data DIR',
    });
  });
}
