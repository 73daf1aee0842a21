import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { STUDY } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { ModelCard } from '../records/model-card.ts';
import { runOfFolder, seedOfFolder } from '../records/study-path.ts';
import { readTables } from '../records/study-tables.node.ts';

/**
 * What a study says of one of its runs: how the same training came out with other seeds, which of them is the median, and what was found of
 * its arm.
 *
 * @param path of the run's folder
 * @returns undefined for a run that is not of a study, or of one that has no tables yet
 */
export async function studyOf(path: string): Promise<ModelCard['study']> {
  const place = resolve(path);
  const folder = join(place, '../../..');
  const run = runOfFolder(basename(place));
  const seed = seedOfFolder(basename(dirname(place)));
  if (run?.phase !== 'train' || seed === undefined || !existsSync(join(folder, STUDY.runs.name)))
    return undefined;
  const arm = basename(join(place, '../..'));
  const { runs } = await readTables(folder);
  const own = runs.filter(
    (row) =>
      row.arm === arm &&
      (run.labels === undefined || row.labels === run.labels) &&
      row.draw === (run.draw ?? 0) &&
      row.fold === run.fold,
  );
  if (!own.some((row) => row.seed === seed)) return undefined;
  const sorted = own.toSorted((a, b) => a.dice - b.dice || a.seed - b.seed);
  const findings = await readEntry(folder, STUDY.findings);
  const claims = (findings?.claims ?? []).filter(
    ({ claim, labels, ...of }) =>
      claim === 'better_score' && labels === own[0].labels && (of.arm === arm || findings!.baseline === arm),
  );
  return {
    ...{ arm, labels: own[0].labels },
    seeds: own.map((row) => ({ seed: row.seed, dice: row.dice })).sort((a, b) => a.seed - b.seed),
    median_seed: sorted[Math.floor((sorted.length - 1) / 2)].seed,
    found: claims.map(({ sentence }) => sentence),
  };
}
