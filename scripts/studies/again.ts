import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../src/core/errors.ts';
import { STUDY, STUDY_TABLES } from '../../src/records/entries.ts';
import { HOME } from './home.ts';

/** Tables whose rows must come out again, byte for byte; how long a run took does not. */
const TABLES = STUDY_TABLES.map((table) => STUDY[table].name);
const SAME = TABLES.filter((name) => name !== STUDY.times.name);

interface AgainOptions {
  /** A kept study. */
  readonly name: string;
  readonly arm: string;
  readonly seed: string;
  /** Further flags of `fewmask study`, such as where data and encoder are. */
  readonly flags: readonly string[];
  /** Of the repository. */
  readonly root: string;
}

/**
 * Does the fine-tunings of one arm and seed of a kept study again, with the pretraining that they start from, and compares their
 * rows.
 *
 * @returns whether they are the same
 * @throws UserError for a study, an arm or a seed that is not kept
 */
export async function runAgain({ name, arm, seed, flags, root }: AgainOptions): Promise<boolean> {
  const kept = join(root, HOME, name);
  if (!existsSync(kept)) {
    const names = (await readdir(join(root, HOME))).join(', ');
    throw new UserError({ what: 'study', got: name, expected: `one of ${names}`, fix: 'name a kept study' });
  }
  const { rows } = await rowsOf(join(kept, STUDY.runs.name), arm, seed);
  if (rows.length === 0) {
    throw new UserError({
      what: `${name}: arm and seed`,
      got: `${arm}, ${seed}`,
      expected: `those of a row of its ${STUDY.runs.name}`,
      fix: 'name ones that were run',
    });
  }
  const work = await mkdtemp(join(tmpdir(), 'fewmask-again-'));
  try {
    const [known, out] = [join(work, 'known'), join(work, 'out')];
    await cp(kept, known, { recursive: true });
    for (const table of TABLES) {
      const { head, others } = await rowsOf(join(kept, table), arm, seed);
      await writeFile(join(known, table), `${[head, ...others].join('\n')}\n`);
    }
    const study = ['study', '--config', join(kept, STUDY.settings.name), '--known', known, '--out', out];
    const args = [join(root, 'bin', 'fewmask.js'), ...study, '--audits', '0', '--no-pictures', ...flags];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) return false;
    let same = true;
    for (const table of SAME) {
      const [before, now] = await Promise.all([kept, out].map((at) => rowsOf(join(at, table), arm, seed)));
      const equal = before.rows.length > 0 && before.rows.join('\n') === now.rows.join('\n');
      console.log(
        `${table}: ${before.rows.length} rows of ${arm}, seed ${seed}: ${equal ? 'the same' : 'others'}`,
      );
      same &&= equal;
    }
    return same;
  } finally {
    await rm(work, { recursive: true });
  }
}

async function rowsOf(file: string, arm: string, seed: string) {
  const [head, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const columns = head.split(',');
  const [armAt, seedAt] = ['arm', 'seed'].map((column) => columns.indexOf(column));
  const isOne = (line: string) => {
    const cells = line.split(',');
    return cells[armAt] === arm && cells[seedAt] === seed;
  };
  return { head, rows: lines.filter(isOne), others: lines.filter((line) => !isOne(line)) };
}
