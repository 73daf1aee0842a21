import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock, as the lock's file says. */
export interface Owner {
  /** Unlike that of any other lock. */
  readonly id: string;
  readonly pid: number;
  /** When the process began, in a form that no other process of its place has; where the system tells. */
  readonly process?: string;
  /** The host, and which of its sets of process numbers: containers have their own. */
  readonly host: string;
  readonly processes?: string;
  /** ISO 8601. */
  readonly since: string;
  /** Another one every few seconds, as long as the owner lives. */
  readonly beat: string;
}

export const FIRST_BEAT = '0'.repeat(12);

export function thisProcess(): Owner {
  return {
    ...{ id: randomUUID(), pid: process.pid, process: beginningOf(process.pid) },
    ...{ host: hostname(), processes: setOfProcesses() },
    ...{ since: new Date().toISOString(), beat: FIRST_BEAT },
  };
}

export const nextBeat = (beat: string): string => `${Number(beat) + 1}`.padStart(FIRST_BEAT.length, '0');

/** As a lock holds it. Where its beat lies is the same in all that an owner writes. */
export const textOf = (owner: Owner): string => `${JSON.stringify(owner, null, 2)}\n`;

/** What a lock says; undefined where it is not there, or not written to its end. */
export function readOwner(path: string): Owner | undefined {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner> | null;
    const { id, pid, host, since, beat = FIRST_BEAT } = found ?? {};
    const whole = typeof id === 'string' && typeof pid === 'number' && typeof host === 'string';
    return whole ? { ...found, id, pid, host, since: String(since), beat } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether an owner's number can be looked up from here: other machines may have this one's name, and the same sets of processes;
 * and the processes of other users may be hidden (hidepid of proc(5)).
 */
export const isHere = ({ host, pid, processes, process: began }: Owner): boolean =>
  host === hostname() &&
  (processes === undefined || processes === setOfProcesses()) &&
  (began === undefined ||
    (began.split(' ')[0] === bootOfMachine() && (beginningOf(pid) !== undefined || asked(pid) !== 'EPERM')));

export const isThisProcess = (owner: Owner): boolean => isHere(owner) && owner.pid === process.pid;

/** Of an owner that can be looked up from here. */
export function isAlive({ pid, process: began }: Owner): boolean {
  // Only Linux distinguishes a process from an earlier one with the same number.
  if (began !== undefined) return beginningOf(pid) === began;
  return [undefined, 'EPERM'].includes(asked(pid));
}

/** What the system answers to a signal that does nothing: undefined of a process of this user, EPERM of another's, ESRCH of none. */
function asked(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** In ms, of the file system; undefined if it is not there. */
export const changedAt = (path: string): number | undefined =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs;

/** The boot of the machine and the tick at which a process began (proc(5)); undefined if there is no such process. */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in brackets and may hold anything: state, and 19 fields on the time it began.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootOfMachine()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Of Linux: unlike any other boot of any machine; undefined elsewhere. */
function bootOfMachine(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Of Linux (namespaces(7)); undefined elsewhere. */
function setOfProcesses(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
