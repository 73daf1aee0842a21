import { basename, join, resolve } from 'node:path';
import { csvOf } from '../../core/csv.ts';
import { writeWhole } from '../../core/files.node.ts';
import { contentOf } from '../../data/decode/content.node.ts';
import { Ensemble } from '../../eval/ensemble.node.ts';
import { RUN_PATHS } from '../../records/entries.ts';
import type { ChosenNext } from '../../runs/next.node.ts';
import type { OpenedRun } from '../../runs/open-run.node.ts';
import type { Trial } from '../../runs/trial.node.ts';
import { labellingOf } from '../../settings/masks.ts';
import { readingOf } from '../../settings/pixels.ts';
import type { Picture } from '../model.ts';
import { embedBitmap } from '../pictures.node.ts';
import { shownTogether } from '../run/truth-and-prediction.node.ts';
import { nextReport, trialReport } from './report.ts';

const nameOf = (run: OpenedRun) => basename(resolve(run.path));

/**
 * Writes `next.csv`, a row for each image, and `next.html` into a run's folder.
 *
 * @returns their paths
 */
export async function writeNext(
  run: OpenedRun,
  chosen: ChosenNext,
): Promise<{ readonly table: string; readonly page: string }> {
  const [table, page] = [RUN_PATHS.next, RUN_PATHS.nextPage].map((name) => join(run.path, name));
  await writeWhole(table, csvOf(chosen.images.map((each) => ({ ...each, marked: Number(each.marked) }))));
  await writeWhole(page, nextReport(nameOf(run), chosen, await picturesOf(run, chosen)).text);
  return { table, page };
}

/** Writes `trial.html` into a run's folder. @returns its path */
export async function writeTrial(run: OpenedRun, trial: Trial): Promise<string> {
  const page = join(run.path, RUN_PATHS.trialPage);
  await writeWhole(page, trialReport(nameOf(run), trial).text);
  return page;
}

/** Each image with what the network marks. */
async function picturesOf(
  { config, network }: OpenedRun,
  { images }: ChosenNext,
): Promise<ReadonlyMap<string, Picture>> {
  const pictures = new Map<string, Picture>();
  if (config.kind !== 'train') return pictures;
  const { views, threads } = config;
  const ensemble = await Ensemble.open([network], { batch: 1, threads, views });
  try {
    const how = {
      size: network.size,
      labelling: labellingOf(config),
      fit: config.fit,
      reading: readingOf(config),
    };
    for (const { image: path } of images) {
      const image = { content: await contentOf(path), path };
      pictures.set(path, await embedBitmap(await shownTogether({ image }, ensemble, how)));
    }
  } finally {
    await ensemble.close();
  }
  return pictures;
}
