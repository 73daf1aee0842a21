import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCK, owning, releaseAll } from '../../src/records/lock.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const nothing = async () => {};

/** A folder with a lock that somebody else is said to hold. */
async function lockedBy(name: string, owner: object): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  const whole = { id: 'other', pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00Z', ...owner };
  await writeFile(join(folder, LOCK), JSON.stringify(whole));
  return folder;
}

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

test('a folder has one owner at a time, who is named; it is free again at the end', async () => {
  const folder = join(root, 'one');
  await owning(folder, async () => {
    const message = await refusal(owning(folder, nothing));
    expect(message).toContain(`process ${process.pid} on ${hostname()}, since 20`);
    expect(message).toMatch(/choose another folder/);
    await writeFile(join(folder, 'mine'), '');
  });
  expect(await readdir(folder)).toEqual(['mine']);
  expect(await owning(folder, async () => 7)).toBe(7);
});

test('what fails leaves no lock, nor the folders that were made for it', async () => {
  const failing = owning(join(root, 'deep', 'er'), async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(join(root, 'deep'))).toBe(false);
});

test('before a process ends it can let go of all its folders', async () => {
  const folder = join(root, 'let-go');
  await owning(folder, async () => {
    releaseAll();
    expect(existsSync(folder)).toBe(false);
    await owning(folder, nothing);
  });
});

test('the lock of a process that has ended is taken over', async () => {
  const folder = await lockedBy('dead', { pid: deadPid() });
  expect(await owning(folder, () => readFile(join(folder, LOCK), 'utf8'))).toContain(`"pid": ${process.pid}`);
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(existsSync('/proc/self/stat'))(
  'so is that of one whose number another process has now',
  async () => {
    const folder = await lockedBy('reused', { process: 'another boot 17' });
    await owning(folder, nothing);
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a lock of another host stays, and it is said which file to remove', async () => {
  const folder = await lockedBy('elsewhere', { host: 'elsewhere', pid: deadPid() });
  const message = await refusal(owning(folder, nothing));
  expect(message).toContain('on elsewhere');
  expect(message).toContain(`remove ${join(folder, LOCK)}`);
  expect(await readdir(folder)).toEqual([LOCK]);
});

test('a lock that is just being written counts, one that was cut off does not', async () => {
  const folder = join(root, 'cut-off');
  await mkdir(folder);
  await writeFile(join(folder, LOCK), '');
  expect(await refusal(owning(folder, nothing))).toContain('just begun');
  await utimes(join(folder, LOCK), 1, 1);
  await owning(folder, nothing);
});

test("a run within a study needs the study's folder, too; the study's own process has it", async () => {
  const study = await lockedBy('study', { pid: process.ppid });
  expect(await refusal(owning(join(study, 'arm', 'seed-0', 'train'), nothing))).toContain(
    `process ${process.ppid}`,
  );
  expect(await readdir(study)).toEqual([LOCK]);
  const own = join(root, 'own-study');
  await owning(own, () => owning(join(own, 'arm', 'seed-0', 'train'), nothing));
});
