import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { readOwner } from './owner.node.ts';

/** The file in a folder that says who writes there. */
export const LOCK = 'fewmask.lock';

/** A lock of this process. */
export interface HeldLock {
  readonly id: string;
  release(): void;
}

const held = new Map<string, HeldLock>();

export const hold = (folder: string, lock: HeldLock): void => {
  held.set(resolve(folder), lock);
};

export function letGo(folder: string): void {
  const lock = held.get(resolve(folder));
  held.delete(resolve(folder));
  lock?.release();
}

/** Releases all folders, before the process ends during work. */
export function releaseAll(): void {
  for (const folder of [...held.keys()]) letGo(folder);
}

/**
 * To be asked before anything is written in a folder that this process holds: while it was stopped, somebody who saw no sign of
 * life may have taken the folder over. What lies in no such folder may be written.
 *
 * @throws LockLost
 */
export function expectStillHeld(path: string): void {
  if (held.size === 0) return;
  for (let folder = resolve(path); folder !== dirname(folder); folder = dirname(folder)) {
    const lock = held.get(folder);
    if (lock && readOwner(join(folder, LOCK))?.id !== lock.id) throw new LockLost(folder);
  }
}

/** The lock of a folder is another's now, or was removed: this process must not write there. */
export class LockLost extends UserError {
  constructor(readonly folder: string) {
    const owner = readOwner(join(folder, LOCK));
    super({
      what: folder,
      got: owner
        ? `another process that writes there now (${owner.pid} on ${owner.host})`
        : 'a folder whose lock was removed',
      expected: 'this one alone',
      fix: 'nothing was written since; go on with --resume where that process has not',
    });
  }
}
