import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { inform, type Listener } from '../events.ts';
import { writing } from '../files.node.ts';
import { makeFolder } from '../folders.node.ts';
import { hold, LOCK, letGo } from './held.node.ts';
import {
  changedAt,
  isAlive,
  isHere,
  isThisProcess,
  nextBeat,
  type Owner,
  readOwner,
  textOf,
  thisProcess,
} from './owner.node.ts';

/** How often an owner shows that it lives, and for how long it is watched before it is taken for dead, in ms. */
export interface Pulse {
  readonly beat: number;
  readonly watch: number;
}
const PULSE: Pulse = { beat: 10_000, watch: 45_000 };

/**
 * Does work that writes a run or study folder, as the only one who does: the lock lies in the folder, which is made if it
 * is not there. The lock of a process that has ended is taken over. Whether one of another machine has ended is seen by its
 * lock, in which it counts on while it lives; no clocks are compared. A run within a study needs the study's folder to be
 * free, too, or this process's own.
 *
 * @throws FolderInUse if another process, or another piece of work in this one, writes there
 */
export async function owning<Result>(
  folder: string,
  work: () => Promise<Result>,
  { pulse = PULSE, ...listener }: Listener & { readonly pulse?: Pulse } = {},
): Promise<Result> {
  const release = await acquire(resolve(folder), folder, { pulse, listener });
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Looks whether anybody writes in a folder or in one below it, such as a run in that of its study.
 *
 * @throws FolderInUse naming who
 */
export async function expectNoOwnerWithin(folder: string): Promise<void> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const locks = names.filter((name) => basename(name) === LOCK).map((name) => join(folder, name));
  const owners = await Promise.all(
    locks.map(async (path) => ({ path, owner: await liveOwner(path, AS_USUAL) })),
  );
  const used = owners.find(({ owner }) => owner !== undefined);
  if (used) throw new FolderInUse(dirname(used.path), used.path, used.owner!);
}

/** Who writes in a folder and is alive, as far as can be seen at once: of another machine whose lock has changed lately. */
export function ownerOf(folder: string): Owner | undefined {
  const path = join(folder, LOCK);
  const owner = readOwner(path);
  if (!owner) return undefined;
  const alive = isHere(owner) ? isAlive(owner) : Date.now() - (changedAt(path) ?? 0) < LATELY_MS;
  return alive ? owner : undefined;
}

/** Many beats; clocks of machines differ. */
const LATELY_MS = 300_000;

interface Watching {
  readonly pulse: Pulse;
  readonly listener: Listener;
}
const AS_USUAL: Watching = { pulse: PULSE, listener: {} };

async function acquire(folder: string, told: string, watching: Watching): Promise<() => void> {
  for (
    let parent = dirname(folder), level = 0;
    level < LEVELS_OF_A_STUDY;
    level++, parent = dirname(parent)
  ) {
    const path = join(parent, LOCK);
    const owner = await liveOwner(path, watching);
    if (owner && owner !== 'unknown' && !isThisProcess(owner)) throw new FolderInUse(parent, path, owner);
  }
  const path = join(folder, LOCK);
  if (statSync(folder, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError({
      what: `--out ${told}`,
      got: 'a file in the way',
      expected: 'a folder to write to',
      fix: 'choose another',
    });
  }
  const made = await writing(told, async () => makeFolder(folder));
  const owner = thisProcess();
  for (;;) {
    const stop = await writing(told, async () => written(path, owner, watching.pulse));
    if (stop) {
      const release = () => {
        stop();
        if (readOwner(path)?.id !== owner.id) return;
        try {
          unlinkSync(path);
        } catch {
          // Of a process that has ended it is taken over.
          return;
        }
        removeEmpty(folder, made);
      };
      hold(folder, { id: owner.id, release });
      return () => letGo(folder);
    }
    const before = readOwner(path);
    const other = await liveOwner(path, watching);
    if (other) throw new FolderInUse(told, path, other);
    await writing(told, async () => takeAway(path, before));
  }
}

/** `<study>/<arm>/seed-<n>/<phase>` */
const LEVELS_OF_A_STUDY = 3;

/** Takes a lock and shows from then on that its owner lives; how that is stopped, or undefined where it was not free. */
function written(path: string, owner: Owner, { beat: every }: Pulse): (() => void) | undefined {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  const text = textOf(owner);
  try {
    writeFileSync(file, text);
  } catch (error) {
    // On a full disk it would keep the next one waiting.
    closeSync(file);
    unlinkSync(path);
    throw error;
  }
  const place = Buffer.byteLength(text.slice(0, text.lastIndexOf(owner.beat)));
  let { beat } = owner;
  // Into the file that was made, wherever it lies now: a lock that another has by now is never touched.
  const timer = setInterval(() => {
    beat = nextBeat(beat);
    try {
      writeSync(file, beat, place);
    } catch {
      // Who writes next sees whether the lock is still there.
    }
  }, every).unref();
  return () => {
    clearInterval(timer);
    closeSync(file);
  };
}

/**
 * Removes the lock of an owner that has ended. It is moved first, so that of several processes only one gets it.
 *
 * @param dead what the lock said
 */
function takeAway(path: string, dead: Owner | undefined): void {
  const aside = `${path}.${randomUUID()}.part`;
  try {
    renameSync(path, aside);
    // Meanwhile somebody else may have taken it over, or its owner may have gone on: then it is theirs.
    const moved = readOwner(aside);
    if (moved?.id !== dead?.id || moved?.beat !== dead?.beat) putBack(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** It is moved, as its owner counts on in the file, unless there is another one by now. */
function putBack(aside: string, path: string): void {
  try {
    // Unlike a move, it fails where something is.
    linkSync(aside, path);
  } catch (error) {
    // Not all file systems have such links.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' && !existsSync(path)) renameSync(aside, path);
  }
}

/** Who holds a lock and is alive, as far as that can be known from here; `unknown` while it is being written. */
async function liveOwner(path: string, watching: Watching): Promise<Owner | 'unknown' | undefined> {
  const changed = changedAt(path);
  if (changed === undefined) return undefined;
  const owner = readOwner(path);
  if (!owner) return Date.now() - changed < WRITING_MS ? 'unknown' : undefined;
  if (isHere(owner)) return isAlive(owner) ? owner : undefined;
  return showsLife(path, owner, watching);
}

/** Writing a lock takes less time than this; an older one that is not whole was cut off. */
const WRITING_MS = 10_000;

/** The owner of a lock that changes while it is watched. */
async function showsLife(
  path: string,
  before: Owner,
  { pulse: { watch }, listener }: Watching,
): Promise<Owner | undefined> {
  inform(
    listener,
    `${dirname(path)}: waiting up to ${Math.ceil(watch / 1000)} s to see whether process ${before.pid} on ${before.host} still writes there`,
  );
  for (const end = performance.now() + watch; performance.now() < end; ) {
    await wait(Math.min(1000, watch / 10));
    if (changedAt(path) === undefined) return undefined;
    const now = readOwner(path);
    if (now && (now.id !== before.id || now.beat !== before.beat)) return now;
  }
  return undefined;
}

/** Another process writes in a folder. */
export class FolderInUse extends UserError {
  constructor(
    readonly folder: string,
    path: string,
    owner: Owner | 'unknown',
  ) {
    const who =
      owner === 'unknown' ? 'just begun' : `process ${owner.pid} on ${owner.host}, since ${owner.since}`;
    const sure = owner !== 'unknown' && (!isHere(owner) || owner.process !== undefined);
    super({
      what: folder,
      got: `a folder that is being written (${who})`,
      expected: 'one that nobody else writes to',
      fix: `wait for its end or stop it, or choose another folder${sure ? '' : `; if it has ended already, remove ${path}`}`,
    });
  }
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
