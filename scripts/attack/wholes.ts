import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from './jobs.ts';
import { expectDone, type Ground, layOut, start } from './processes.ts';

/** Ends a program at one of its writes, or counts them. */
export const AT_WRITE = fileURLToPath(new URL('stop-at-write.mjs', import.meta.url));

/** A command that was left alone: what it wrote, how long it took, and in how many writes. */
export interface Whole {
  readonly place: string;
  readonly ms: number;
  readonly writes: number;
}

/** Commands that were left alone, each made when it is asked for first. */
export function wholesOn(ground: Ground): (job: Job) => Promise<Whole> {
  const made = new Map<Job, Promise<Whole>>();
  return (job) => {
    const whole = made.get(job) ?? leftAlone(job, ground);
    made.set(job, whole);
    return whole;
  };
}

async function leftAlone(job: Job, ground: Ground): Promise<Whole> {
  const place = await ground.place(`whole-${job.name}`);
  await layOut(place, job, ground);
  const counted = join(ground.root, 'writes');
  const env = { ...ground.env, COUNT_WRITES: counted };
  const began = performance.now();
  expectDone(await start(job.command, { cwd: place, env, hook: AT_WRITE }).ended, job.name);
  return { place, ms: performance.now() - began, writes: Number(await readFile(counted, 'utf8')) };
}
