import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { writing } from '../core/files.node.ts';

/** The file in a folder that says who writes there. */
export const LOCK = 'fewmask.lock';

const ownerSchema = z.object({
  /** Unlike that of any other lock. */
  id: z.string(),
  pid: z.number(),
  /** When the process began, in a form that no other process of the host has; where the system tells. */
  process: z.string().optional(),
  host: z.string(),
  /** ISO 8601. */
  since: z.string(),
});
type Owner = z.output<typeof ownerSchema>;

/** Locks of this process, so that it can release all of them at once. */
const held = new Set<() => void>();

/**
 * Does work that writes a run or study folder, as the only one who does: the lock lies in the folder, which is made if it
 * is not there. The lock of a process that has ended is taken over. A run within a study needs the study's folder
 * to be free, too, or this process's own.
 *
 * @throws UserError at once if another process, or another piece of work in this one, writes there
 */
export async function owning<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const release = await acquire(resolve(folder), folder);
  held.add(release);
  try {
    return await work();
  } finally {
    held.delete(release);
    release();
  }
}

/**
 * Looks whether anybody writes in a folder or in one below it, such as a run in that of its study.
 *
 * @throws UserError naming who, as `owning` does
 */
export function expectNoOwnerWithin(folder: string): void {
  if (!statSync(folder).isDirectory()) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (basename(name) !== LOCK) continue;
    const path = join(folder, name);
    const owner = liveOwner(path);
    if (owner) throw locked(dirname(path), path, owner);
  }
}

/** Releases all folders, before the process ends during work. */
export function releaseAll(): void {
  for (const release of held) release();
  held.clear();
}

async function acquire(folder: string, told: string): Promise<() => void> {
  for (
    let parent = dirname(folder), level = 0;
    level < LEVELS_OF_A_STUDY;
    level++, parent = dirname(parent)
  ) {
    const owner = liveOwner(join(parent, LOCK));
    if (!owner || owner === 'unknown' || (owner.pid === process.pid && owner.host === hostname())) continue;
    throw locked(parent, join(parent, LOCK), owner);
  }
  const path = join(folder, LOCK);
  const owner = thisProcess();
  if (statSync(folder, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError({
      what: `--out ${told}`,
      got: 'a file in the way',
      expected: 'a folder to write to',
      fix: 'choose another',
    });
  }
  const made = await writing(told, async () => mkdirSync(folder, { recursive: true }));
  while (!(await writing(told, async () => written(path, owner)))) {
    const other = liveOwner(path);
    if (other) throw locked(told, path, other);
    takeAway(path);
  }
  return () => {
    if (readOwner(path)?.id !== owner.id) return;
    unlinkSync(path);
    removeEmpty(folder, made);
  };
}

/** `<study>/<arm>/seed-<n>/<phase>` */
const LEVELS_OF_A_STUDY = 3;

/** Whether the lock was free. */
function written(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(owner, null, 2)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of an owner that has ended. It is moved first, so that of several processes only one gets it. */
function takeAway(path: string): void {
  const aside = `${path}.${randomUUID()}.part`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Meanwhile somebody else may have taken it over: then it is theirs.
  if (liveOwner(aside)) renameSync(aside, path);
  else rmSync(aside);
}

/** Who holds a lock and is alive, as far as that can be known from here; `unknown` while it is being written. */
function liveOwner(path: string): Owner | 'unknown' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  const owner = readOwner(path);
  if (!owner) return Date.now() - found.mtimeMs < WRITING_MS ? 'unknown' : undefined;
  if (owner.host !== hostname()) return owner;
  return isAlive(owner) ? owner : undefined;
}

/** Writing a lock takes less time than this; an older one that is not whole was cut off. */
const WRITING_MS = 10_000;

function readOwner(path: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function thisProcess(): Owner {
  const id = randomUUID();
  const since = new Date().toISOString();
  return { id, pid: process.pid, process: beginningOf(process.pid), host: hostname(), since };
}

function isAlive({ pid, process: began }: Owner): boolean {
  // Only Linux distinguishes a process from an earlier one with the same number.
  if (began !== undefined) return beginningOf(pid) === began;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The boot of the machine and the tick at which a process began (proc(5)); undefined if there is no such process. */
function beginningOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in brackets and may hold anything: state, and 19 fields on the time it began.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function locked(folder: string, path: string, owner: Owner | 'unknown'): UserError {
  const who =
    owner === 'unknown' ? 'just begun' : `process ${owner.pid} on ${owner.host}, since ${owner.since}`;
  const sure = owner !== 'unknown' && owner.host === hostname() && owner.process !== undefined;
  return new UserError({
    what: folder,
    got: `a folder that is being written (${who})`,
    expected: 'one that nobody else writes to',
    fix: `wait for its end or stop it, or choose another folder${sure ? '' : `; if it has ended already, remove ${path}`}`,
  });
}

/** The folders that were made for a lock, where nothing else came into them. */
function removeEmpty(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  try {
    for (let path = folder; path.length >= first.length; path = dirname(path)) rmdirSync(path);
  } catch {
    // There is something in it.
  }
}
