import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeReport } from '../../src/index.ts';
import { STUDY, STUDY_PATHS } from '../../src/records/entries.ts';
import { readTables } from '../../src/records/study-tables.node.ts';
import { contradictionsInAudit, readAudits } from './audits.ts';
import { contradictionsIn } from './contradictions.ts';
import { figuresOf, type Studies, type StudyFigures } from './figures.ts';
import { HOME } from './home.ts';
import { QUOTED } from './quoted.ts';
import { holdAgainst, type Quoted } from './quotes.ts';

/** What is made from a study's tables. */
const FINDINGS = [STUDY.findings.name, ...Object.values(STUDY_PATHS)];
/** What quotes the studies: whole documents, or the section under a heading. */
const DOCUMENTS = [
  { file: 'docs/answer.md' },
  { file: 'docs/what-helps.md', heading: '## What it gave' },
  { file: 'README.md', heading: '## What it found on real images' },
];

interface CheckOptions {
  /** Of the repository. */
  readonly root: string;
  /** Whether to correct the numbers in the documents. */
  readonly write: boolean;
  /** What documents may quote, by id; default `QUOTED`. */
  readonly quoted?: Quoted<Studies>;
}

/**
 * Makes from the tables of every study anew what was found, and holds what is kept, and what documents quote, against it.
 *
 * @returns whether everything was as the tables say
 */
export async function checkStudies({ root, write, quoted = QUOTED }: CheckOptions): Promise<boolean> {
  let well = true;
  const tell = (what: string, praise: string, problems: readonly string[]) => {
    console.log(
      [`${what}: ${problems.length > 0 ? 'not as the tables say' : praise}`, ...problems].join('\n  '),
    );
    well &&= problems.length === 0;
  };
  const figures: Record<string, StudyFigures> = {};
  const home = join(root, HOME);
  for (const name of existsSync(home) ? (await readdir(home)).sort() : []) {
    const { problems, figures: found } = await recomputed(join(home, name));
    figures[camelCase(name)] = found;
    tell(name, 'as its tables say', problems);
  }
  const unused = new Set(Object.keys(quoted));
  for (const { file, heading } of DOCUMENTS) {
    const path = join(root, file);
    if (!existsSync(path)) continue;
    const { before, section, after } = parted(await readFile(path, 'utf8'), heading);
    const { text, checked, problems, ids } = holdAgainst(section, quoted, figures, before.split('\n').length);
    for (const id of ids) unused.delete(id);
    tell(file, `${checked} quotations are as the tables say`, problems);
    if (write) await writeFile(path, before + text + after);
  }
  if (unused.size > 0)
    tell(
      'scripts/studies/quoted.ts',
      '',
      [...unused].map((id) => `${id} is quoted nowhere`),
    );
  return well;
}

async function recomputed(folder: string) {
  const room = await mkdtemp(join(tmpdir(), 'fewmask-studies-'));
  try {
    const work = join(room, basename(folder));
    await cp(folder, work, { recursive: true });
    await writeReport(work, { pictures: false });
    const problems = contradictionsIn(await readTables(work));
    for (const [name, audit] of await readAudits(work)) problems.push(...contradictionsInAudit(name, audit));
    for (const file of FINDINGS) {
      const [made, kept] = await Promise.all([work, folder].map((place) => readFile(join(place, file))));
      if (!made.equals(kept)) problems.push(`${file} is not what the tables give`);
    }
    return { problems, figures: await figuresOf(work) };
  } finally {
    await rm(room, { recursive: true });
  }
}

/** A text before, in and after the section under a heading; without a heading all of it is in. */
function parted(text: string, heading?: string) {
  if (heading === undefined) return { before: '', section: text, after: '' };
  const start = text.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`got no "${heading}", expected what the studies found under it`);
  const next = text.indexOf('\n## ', start + heading.length);
  const end = next < 0 ? text.length : next;
  return { before: text.slice(0, start), section: text.slice(start, end), after: text.slice(end) };
}

/** `kvasir-88` as `kvasir88`. */
const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
