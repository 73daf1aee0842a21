import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { writeReport } from '../../src/index.ts';
import { STUDY, STUDY_TABLES } from '../../src/records/entries.ts';
import { auditPath } from './audits.ts';
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
  const settings = parse(await readFile(join(out, 'config.yaml'), 'utf8'));
  await writeFile(join(folder, 'config.yaml'), stringify(withoutPlaces(settings)));
  const { command: _, ...environment } = JSON.parse(await readFile(join(out, 'environment.json'), 'utf8'));
  await writeFile(join(folder, 'environment.json'), `${JSON.stringify(environment, null, 2)}\n`);
  for (const [pretraining, own] of Object.entries<object>(settings.pretrainings ?? {})) {
    const audit = auditPath(pretraining);
    if (existsSync(join(out, audit))) await cp(join(out, audit), join(folder, audit));
    if (!existsSync(join(folder, audit))) continue;
    // A report tells of pretrainings whose settings it finds.
    const run = stringify(withoutPlaces({ kind: 'pretrain', ...own }));
    await writeFile(join(folder, dirname(dirname(audit)), 'config.yaml'), run);
  }
  console.log(await writeReport(folder, { pictures: false }));
}

function withoutPlaces(settings: unknown): unknown {
  if (Array.isArray(settings)) return settings.map(withoutPlaces);
  if (typeof settings === 'string') return isAbsolute(settings) ? basename(settings) : settings;
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, withoutPlaces(value)]));
}
