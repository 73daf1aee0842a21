import { owning } from '../core/lock/lock.node.ts';
import { endingWith } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import { openRun } from '../runs/open-run.node.ts';
import { type SubgroupsOptions, subgroupsSchema } from '../runs/settings.ts';
import { type SubgroupScores, subgroupsOf } from '../runs/subgroups.node.ts';
import { parseSettings } from '../settings/parse.ts';

/** How a run scores on parts of its images, and where that is listed and shown. */
export interface Subgroups extends SubgroupScores {
  readonly run: string;
  readonly table: string;
  readonly page: string;
}

/**
 * Compares how a run scores on parts of its test images, or of masks that were held out in turn: by group, size, colour, and what a table says of
 * them. Writes `subgroups.csv` and `subgroups.html` into the run's folder.
 *
 * @throws UserError for a run without scores, or whose images have changed; the reason of `signal` once it ends the work
 */
export async function subgroups(options: SubgroupsOptions, context: RunContext = {}): Promise<Subgroups> {
  const ending = endingWith(context);
  const settings = parseSettings(subgroupsSchema, options);
  return owning(settings.run, async () => {
    const run = await openRun(settings.run, { encoder: settings.encoder, ...ending });
    const found = await subgroupsOf(run, settings, ending);
    const { writeSubgroups } = await import('../report/subgroups/write-subgroups.node.ts');
    return { run: settings.run, ...found, ...(await writeSubgroups(settings.run, found)) };
  });
}
