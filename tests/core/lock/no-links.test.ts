import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { LOCK } from '../../../src/core/lock/held.node.ts';
import { owning } from '../../../src/core/lock/lock.node.ts';
import { refusal } from '../../support/expect-user-error.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const owner = { pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00Z' };
const theirs = JSON.stringify({ ...owner, id: 'theirs' });

// A file system without hard links, and somebody who takes a dead lock over just before us.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    linkSync: () => {
      throw Object.assign(new Error('no links'), { code: 'EPERM' });
    },
    renameSync: (from: string, to: string) => {
      if (basename(from) === LOCK) writeFileSync(from, theirs);
      fs.renameSync(from, to);
    },
  };
});

const root = await temporaryFolder();

test('a lock that another has taken meanwhile stays, also where there are no hard links', async () => {
  const folder = join(root, 'wanted');
  await mkdir(folder);
  await writeFile(join(folder, LOCK), JSON.stringify({ ...owner, id: 'dead', host: 'elsewhere' }));
  const pulse = { beat: 20, watch: 100 };
  expect(await refusal(owning(folder, async () => {}, { pulse }))).toContain('being written');
  expect(await readdir(folder)).toEqual([LOCK]);
  expect(await readFile(join(folder, LOCK), 'utf8')).toBe(theirs);
});
