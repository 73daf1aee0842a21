import { copyFile, mkdir } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { writeReport } from '../../src/index.ts';
import { RUN, STUDY, STUDY_TABLES } from '../../src/records/entries.ts';
import { expectEntry, readEntry, writeEntry } from '../../src/records/entry.node.ts';
import { firstOf } from './audits.ts';
import { HOME } from './home.ts';

/**
 * Takes what a study has found, finished or not, into `docs/studies`: its tables, settings, audits and report, without weights
 * and pictures.
 *
 * @param out its folder
 * @param name under which it is kept; what is there of an earlier part of the same study gives way
 * @param root of the repository
 */
export async function keepStudy(out: string, name: string, root: string): Promise<void> {
  const folder = join(root, HOME, name);
  await mkdir(folder, { recursive: true });
  for (const { name } of STUDY_TABLES.map((table) => STUDY[table]))
    await copyFile(join(out, name), join(folder, name));
  // Where data lay, and how the program was called there, is of no use elsewhere.
  const settings = await expectEntry(out, STUDY.settings);
  await writeEntry(folder, STUDY.settings, withoutPlaces(settings));
  const { command: _, ...environment } = await expectEntry(out, STUDY.environment);
  await writeEntry(folder, STUDY.environment, environment);
  for (const [pretraining, own] of Object.entries(settings.pretrainings ?? {})) {
    const [from, to] = [out, folder].map((study) => join(study, firstOf(pretraining)));
    const audit = (await readEntry(from, RUN.audit)) ?? (await readEntry(to, RUN.audit));
    if (!audit) continue;
    await writeEntry(to, RUN.audit, audit);
    // A report tells of pretrainings whose settings it finds.
    await writeEntry(to, RUN.settings, withoutPlaces({ kind: 'pretrain', ...(own as object) }));
  }
  console.log(await writeReport(folder, { pictures: false }));
}

function withoutPlaces<Settings>(settings: Settings): Settings {
  const without = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(without);
    if (typeof value === 'string') return isAbsolute(value) ? basename(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, without(inner)]));
  };
  return without(settings) as Settings;
}
