import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { owning } from '../core/lock/lock.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { RUN } from '../records/entries.ts';
import { openRun } from '../runs/open-run.node.ts';
import { type SuspectsOptions, suspectsSchema } from '../runs/settings.ts';
import {
  masksToPlant,
  type PlantedFinding,
  plantedSuspects,
  type Suspect,
  suspectsOf,
} from '../runs/suspects.node.ts';
import { trainOnAll } from '../runs/train-on-all.node.ts';
import { parseSettings } from '../settings/parse.ts';

/** Masks of a run by how suspicious they are, and where they are listed and shown. */
export interface Suspects {
  readonly run: string;
  /** The most suspicious first. */
  readonly suspects: readonly Suspect[];
  /** Where it was asked for: how many of some wrong masks that were planted are found. */
  readonly planted?: PlantedFinding;
  readonly table: string;
  readonly page: string;
}

/**
 * Finds masks of a run that may be wrong: networks that have not seen them disagree. Writes `suspects.csv` and `suspects.html` into the
 * run's folder. With `out`, `run` is a data folder: a network is trained there first, with the usual settings, on all its masks.
 *
 * @returns undefined if it was interrupted by `signal`
 * @throws UserError for a run that marks nothing, or whose images have changed
 */
export async function suspects(
  options: SuspectsOptions,
  context: RunContext = {},
): Promise<Suspects | undefined> {
  const { run: given, out, folds, plant, count, encoder, threads } = parseSettings(suspectsSchema, options);
  if (out === undefined && !existsSync(join(given, RUN.settings.name)) && existsSync(given)) {
    throw new UserError({
      what: given,
      got: `a folder without ${RUN.settings.name}, which is no run`,
      expected: 'a run, or with --out a data folder',
      fix: 'if it has images with masks, pass --out DIR: a network is trained there first',
    });
  }
  const path = out ?? given;
  return owning(path, async () => {
    const wanted = { data: given, threads, ...(encoder !== undefined && { encoder }) };
    if (out !== undefined && !(await trainOnAll(wanted, { ...context, out }))) return undefined;
    const run = await openRun(path, { encoder, ...context });
    const how = { folds, views: 4, weights: 'last', encoder, threads } as const;
    // Before hours of training, not after them.
    if (plant > 0) await masksToPlant(run, plant);
    const found = await suspectsOf(run, how, context);
    if (!found) return undefined;
    const { writeSuspects } = await import('../report/suspects/write-suspects.node.ts');
    const list = (planted?: PlantedFinding) =>
      writeSuspects(run, { suspects: found, planted, folds, shown: count });
    const files = await list();
    if (plant === 0) return { run: path, suspects: found, ...files };
    const planted = await plantedSuspects(run, { ...how, count: plant }, context);
    return planted && { run: path, suspects: found, planted, ...(await list(planted)) };
  });
}
