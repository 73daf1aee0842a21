import { rm } from 'node:fs/promises';
import type { RandomStream } from '../../src/core/random.ts';
import type { Attacker } from './attacker.ts';
import { COMMANDS, type Job, STUDIES, TRAININGS } from './jobs.ts';
import { onGround } from './on-ground.ts';
import { expectDone, expectSame, type Ground, layOut, leftOverIn, start } from './processes.ts';
import { AT_WRITE, type Whole } from './wholes.ts';

/** Commands that are ended by SIGKILL, once or twice, and done again: the outcome is that of one that was left alone. */
const killsOf = (name: string, what: string, jobs: readonly Job[]): Attacker =>
  onGround({ name, what }, ({ ground, wholeOf, place: newPlace }) => (stream) => {
    const job = jobs[stream.integer(jobs.length)];
    const times = 1 + stream.integer(2);
    return {
      text: job.name,
      run: async () => {
        const whole = await wholeOf(job);
        const place = await newPlace();
        await layOut(place, job, ground);
        for (let kill = 0; kill < times; kill++)
          await killed(kill === 0 ? job.command : job.again, place, whole, ground, stream);
        expectDone(await start(job.again, { cwd: place, env: ground.env }).ended, job.again.join(' '));
        await expectSame(place, whole.place);
        const left = await leftOverIn(place);
        if (left.length > 0) console.error(`left over by ${job.name}: ${left.join(', ')}`);
        await rm(place, { recursive: true });
      },
    };
  });

/** At a time, before a write, or in the middle of one; it may have ended before. */
async function killed(
  command: readonly string[],
  cwd: string,
  whole: Whole,
  { env }: Ground,
  stream: RandomStream,
): Promise<void> {
  const [way, moment] = [stream.integer(3), stream.uniform()];
  const atWrite = {
    STOP_AT_WRITE: `${1 + Math.floor(moment * whole.writes)}`,
    STOP_HALF: way === 2 ? '1' : '',
  };
  const { child, ended } =
    way === 0
      ? start(command, { cwd, env })
      : start(command, { cwd, env: { ...env, ...atWrite }, hook: AT_WRITE });
  const timer = way === 0 ? setTimeout(() => child.kill('SIGKILL'), moment * whole.ms) : undefined;
  const end = await ended;
  clearTimeout(timer);
  if (end.signal !== 'SIGKILL') expectDone(end, command.join(' '));
}

export const kills: readonly Attacker[] = [
  killsOf('kills', 'commands killed at any moment, and done again', COMMANDS),
  killsOf('kills-trainings', 'trainings killed at any moment, and resumed', TRAININGS),
  killsOf('kills-studies', 'studies killed at any moment, and resumed', STUDIES),
];
