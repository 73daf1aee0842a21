import { basename, join, resolve } from 'node:path';
import { writeWhole } from '../../core/files.node.ts';
import { RUN, RUN_PATHS } from '../../records/entries.ts';
import { writeEntry } from '../../records/entry.node.ts';
import type { SubgroupScores } from '../../runs/subgroups.node.ts';
import { subgroupsReport } from './report.ts';

/**
 * Writes `subgroups.csv`, a row for each subgroup, and `subgroups.html` into a run's folder.
 *
 * @returns their paths
 */
export async function writeSubgroups(
  run: string,
  scores: SubgroupScores,
): Promise<{ readonly table: string; readonly page: string }> {
  const rows = scores.subgroups.map(({ interval, ...subgroup }) => ({
    metric: scores.metric,
    ...{ ...subgroup, low: interval?.[0] ?? '', high: interval?.[1] ?? '' },
  }));
  const page = join(run, RUN_PATHS.subgroupsPage);
  await writeEntry(run, RUN.subgroups, rows);
  await writeWhole(page, subgroupsReport(basename(resolve(run)), scores).text);
  return { table: join(run, RUN.subgroups.name), page };
}
