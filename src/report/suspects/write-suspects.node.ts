import { basename, join, resolve } from 'node:path';
import { csvOf } from '../../core/csv.ts';
import { writeWhole } from '../../core/files.node.ts';
import { Ensemble } from '../../eval/ensemble.node.ts';
import { RUN, RUN_PATHS } from '../../records/entries.ts';
import { expectEntry } from '../../records/entry.node.ts';
import { foldPath, masksOf } from '../../runs/cross-validate.node.ts';
import { type OpenedRun, openRun } from '../../runs/open-run.node.ts';
import type { PlantedFinding, Suspect } from '../../runs/suspects.node.ts';
import { cropPlanOf } from '../../settings/crop.ts';
import { labellingOf } from '../../settings/masks.ts';
import { readingOf } from '../../settings/pixels.ts';
import type { Picture } from '../model.ts';
import { embedBitmap } from '../pictures.node.ts';
import { shownTogether, unchanged } from '../run/truth-and-prediction.node.ts';
import { suspectsReport } from './report.ts';

/** What was found, and how much of it is shown. */
export interface FoundSuspects {
  readonly suspects: readonly Suspect[];
  readonly planted?: PlantedFinding;
  readonly folds: number;
  /** Pictures of so many of the first; 0 for none. */
  readonly shown: number;
}

/**
 * Writes `suspects.csv`, a row for each mask, and `suspects.html` into a run's folder.
 *
 * @returns their paths
 */
export async function writeSuspects(
  run: OpenedRun,
  { suspects, planted, folds, shown }: FoundSuspects,
): Promise<{ readonly table: string; readonly page: string }> {
  const [list, sheet] = [RUN_PATHS.suspects, RUN_PATHS.suspectsPage].map((name) => join(run.path, name));
  await writeWhole(list, csvOf(suspects.map((each) => ({ ...each }))));
  const pictures = await picturesOf(run, suspects.slice(0, shown), folds);
  const name = basename(resolve(run.path));
  await writeWhole(sheet, suspectsReport({ run: name, suspects, planted, pictures }).text);
  return { table: list, page: sheet };
}

/** Each mask with the prediction of the network that held it out; those whose files have changed are left out. */
async function picturesOf(
  run: OpenedRun,
  suspects: readonly Suspect[],
  folds: number,
): Promise<ReadonlyMap<string, Picture>> {
  const samples = new Map((await masksOf(run)).map((sample) => [sample.stem, sample]));
  const pictures = new Map<string, Picture>();
  for (const fold of new Set(suspects.map((suspect) => suspect.fold))) {
    const opened = await openRun(foldPath(run.path, fold, folds));
    const { config, network } = opened;
    if (config.kind !== 'train') continue;
    const used = new Map(
      (await expectEntry(opened.path, RUN.splits)).test.map((entry) => [entry.stem, entry]),
    );
    const ensemble = await Ensemble.open([network], {
      batch: 1,
      threads: config.threads,
      views: config.views,
    });
    try {
      const labelling = labellingOf(config);
      const [crop, fit, reading] = [cropPlanOf(config), config.fit, readingOf(config)];
      for (const { stem } of suspects.filter((suspect) => suspect.fold === fold)) {
        const files = await unchanged(samples.get(stem), used.get(stem), labelling);
        if (!files) continue;
        const drawn = await shownTogether(files, ensemble, {
          size: network.size,
          labelling,
          crop,
          fit,
          reading,
        });
        pictures.set(stem, await embedBitmap(drawn));
      }
    } finally {
      await ensemble.close();
    }
  }
  return pictures;
}
