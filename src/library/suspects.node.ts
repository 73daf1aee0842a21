import type { RunContext } from '../events/run-event.ts';
import { owning } from '../records/lock.node.ts';
import { openRun } from '../runs/open-run.node.ts';
import { type SuspectsOptions, suspectsSchema } from '../runs/settings.ts';
import { type PlantedFinding, plantedSuspects, type Suspect, suspectsOf } from '../runs/suspects.node.ts';
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
 * run's folder.
 *
 * @returns undefined if it was interrupted by `signal`
 * @throws UserError for a run that marks nothing, or whose images have changed
 */
export async function suspects(
  options: SuspectsOptions,
  context: RunContext = {},
): Promise<Suspects | undefined> {
  const { run: path, folds, plant, count, encoder, threads } = parseSettings(suspectsSchema, options);
  return owning(path, async () => {
    const run = await openRun(path, { encoder, ...context });
    const how = { folds, views: 4, weights: 'last', encoder, threads } as const;
    const found = await suspectsOf(run, how, context);
    if (!found) return undefined;
    const planted = plant > 0 ? await plantedSuspects(run, { ...how, count: plant }, context) : undefined;
    if (plant > 0 && !planted) return undefined;
    const { writeSuspects } = await import('../report/suspects/write-suspects.node.ts');
    const files = await writeSuspects(run, { suspects: found, planted, folds, shown: count });
    return { run: path, suspects: found, ...(planted && { planted }), ...files };
  });
}
