import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { WorkEvent } from '../../../src/core/events.ts';
import { appendLine, remove, writeWhole } from '../../../src/core/files.node.ts';
import { GrowingFile } from '../../../src/core/growing-file.node.ts';
import { LOCK, releaseAll } from '../../../src/core/lock/held.node.ts';
import { ownerOf, owning } from '../../../src/core/lock/lock.node.ts';
import { thisProcess } from '../../../src/core/lock/owner.node.ts';
import { refusal } from '../../support/expect-user-error.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

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
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const folder = await lockedBy('reused', { process: `${boot} 17` });
    await owning(folder, nothing);
    expect(await readdir(folder)).toEqual([]);
  },
);

/** Beats and watching so short that a test can wait for them. */
const pulse = { beat: 20, watch: 400 };

test('the lock of another machine is taken over if its owner shows no life while it is watched, and that is told', async () => {
  const folder = await lockedBy('silent', { host: 'elsewhere', pid: process.pid });
  const told: string[] = [];
  const onEvent = (event: WorkEvent) => {
    if (event.type === 'notice') told.push(event.text);
  };
  const owner = await owning(folder, () => readFile(join(folder, LOCK), 'utf8'), { pulse, onEvent });
  expect(owner).toContain(`"host": "${hostname()}"`);
  expect(told).toEqual([expect.stringContaining(`process ${process.pid} on elsewhere`)]);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock of another machine stays as long as its owner counts on in it', async () => {
  const folder = join(root, 'lively');
  await owning(
    folder,
    async () => {
      const path = join(folder, LOCK);
      // As another machine would see this owner: the same file, in which it goes on to count.
      const file = await open(path, 'r+');
      const text = await readFile(path, 'utf8');
      await file.write(
        text.replace(/"host": "[^"]*"/, (host) => `"host": "${'x'.repeat(host.length - 10)}"`),
      );
      await file.close();
      expect(await refusal(owning(folder, nothing, { pulse }))).toMatch(/being written \(process \d+ on x+,/);
      expect(await refusal(owning(join(folder, 'arm', 'seed-0', 'train'), nothing, { pulse }))).toMatch(
        /on x+,/,
      );
    },
    { pulse },
  );
  expect(existsSync(folder)).toBe(false);
});

test('of containers of one host each has its own process numbers: there, too, it counts who shows life', async () => {
  const folder = await lockedBy('container', { processes: 'pid:[1]', process: undefined });
  expect(await refusal(owning(await lockedBy('same', {}), nothing, { pulse }))).toContain('being written');
  await owning(folder, nothing, { pulse });
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(existsSync('/proc/self/stat'))(
  'of machines of one name it counts who shows life, too: each has its own boot',
  async () => {
    const folder = join(root, 'namesake');
    await owning(
      folder,
      async () => {
        const path = join(folder, LOCK);
        const file = await open(path, 'r+');
        const text = await readFile(path, 'utf8');
        const named = text.replace(/("process": ")[\da-f]{8}/, (_, begin: string) => `${begin}00000000`);
        expect(named).not.toBe(text);
        await file.write(named);
        await file.close();
        expect(await refusal(owning(folder, nothing, { pulse }))).toContain('being written');
      },
      { pulse },
    );
    const silent = await lockedBy('rebooted', { process: 'another 17' });
    const told: string[] = [];
    const onEvent = (event: WorkEvent) => void (event.type === 'notice' && told.push(event.text));
    await owning(silent, nothing, { pulse, onEvent });
    expect(told).toEqual([expect.stringContaining('waiting up to')]);
  },
);

test.runIf(existsSync('/proc/self/stat'))(
  'where the processes of other users are hidden it counts who shows life',
  async () => {
    const hidden = Number('9'.repeat(`${process.pid}`.length));
    const { kill } = process;
    vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
      if (pid !== hidden) return kill.call(process, pid, signal);
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const folder = join(root, 'hidden');
    await owning(
      folder,
      async () => {
        const path = join(folder, LOCK);
        const file = await open(path, 'r+');
        await file.write((await readFile(path, 'utf8')).replace(`"pid": ${process.pid}`, `"pid": ${hidden}`));
        await file.close();
        expect(ownerOf(folder)?.pid).toBe(hidden);
        expect(await refusal(owning(folder, nothing, { pulse }))).toContain('being written');
      },
      { pulse },
    );
    const { process: began } = thisProcess();
    await owning(await lockedBy('hidden-silent', { pid: hidden, process: began }), nothing, { pulse });
    vi.restoreAllMocks();
  },
);

test('who was stopped while another took the folder over writes nothing in it any more', async () => {
  const folder = join(root, 'taken-over');
  const [file, beyond] = [join(folder, 'deep', 'file'), join(root, 'beyond')];
  const message = await refusal(
    owning(folder, async () => {
      await writeWhole(file, 'first');
      const growing = await GrowingFile.open(file);
      await lockedBy('taken-over', { id: 'theirs', host: 'elsewhere', pid: 7 });
      await writeWhole(beyond, 'elsewhere one may write');
      expect(await refusal(appendLine(file, 'late'))).toContain('writes there now (7 on elsewhere)');
      expect(await refusal(remove(file))).toContain('writes there now (7 on elsewhere)');
      expect(await refusal(growing.finish())).toContain('writes there now (7 on elsewhere)');
      await growing.discard();
      await writeWhole(file, 'late');
    }),
  );
  expect(message).toContain('writes there now (7 on elsewhere)');
  expect(await readFile(file, 'utf8')).toBe('first');
  // Theirs stays.
  expect((await readdir(folder)).sort()).toEqual(['deep', LOCK]);
  expect(await readdir(join(folder, 'deep'))).toEqual(['file']);
});

test('of many who find a dead lock one gets the folder', async () => {
  const folder = await lockedBy('wanted', { host: 'elsewhere' });
  let [inside, most, done] = [0, 0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    await wait(50);
    inside--;
    done++;
  };
  await Promise.allSettled(Array.from({ length: 8 }, () => owning(folder, work, { pulse })));
  expect(most).toBe(1);
  expect(done).toBe(1);
  expect(await readdir(folder)).toEqual([]);
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
