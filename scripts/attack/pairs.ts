import { cp, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Attacker } from './attacker.ts';
import { COMMANDS, type Job, TRAININGS } from './jobs.ts';
import { onGround } from './on-ground.ts';
import { expectDone, expectEnd, expectSame, layOut, leftOverIn, start } from './processes.ts';

const JOBS = [...TRAININGS, ...COMMANDS];

/** Two processes that do the same in the same place, the second some time after the first: at least one does it, and none refuses without a word. */
export const pairs: Attacker = onGround(
  { name: 'pairs', what: 'two processes at once, with one place, one data folder, one cache' },
  ({ ground, wholeOf, place: newPlace }) =>
    (stream) => {
      const job = JOBS[stream.integer(JOBS.length)];
      // Begun anew, resumed, or one of each.
      const commands = [0, 1].map(() => (stream.integer(2) === 0 ? job.command : job.again));
      const later = stream.integer(2) * stream.uniform();
      return {
        text: `${job.name}, ${commands.map((command) => command.at(-1)).join(' and ')}`,
        run: async () => {
          const whole = await wholeOf(job);
          const place = await newPlace();
          await layOut(place, job, ground);
          const [first, second] = commands;
          const started = start(first, { cwd: place, env: ground.env });
          await wait(later * whole.ms);
          const ends = await Promise.all([
            started.ended,
            start(second, { cwd: place, env: ground.env }).ended,
          ]);
          const done = ends.filter(({ code }) => code === 0);
          if (done.length === 0) expectDone(ends[0], `both: ${ends[1].stderr}`);
          await expectSame(place, whole.place);
          const left = await leftOverIn(place);
          if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`);
          await rm(place, { recursive: true });
          for (const end of ends) expectEnd(end, job.name);
        },
      };
    },
);

/** Two commands on one run: each leaves what it leaves before the other, or after it. */
export const pairsInRun: Attacker = onGround(
  { name: 'pairs-in-run', what: 'two commands at once that write into one run' },
  ({ ground, wholeOf, place: newPlace }) => {
    const jobs: readonly Job[] = COMMANDS.filter(({ inRun }) => inRun);
    return (stream) => {
      const at = stream.integer(jobs.length);
      const [one, other] = [jobs[at], jobs[(at + 1 + stream.integer(jobs.length - 1)) % jobs.length]];
      return {
        text: `${one.name} and ${other.name}`,
        run: async () => {
          const orders: string[] = [];
          for (const [first, then] of [
            [one, other],
            [other, one],
          ]) {
            const whole = await newPlace();
            await cp((await wholeOf(first)).place, whole, { recursive: true });
            expectDone(await start(then.command, { cwd: whole, env: ground.env }).ended, then.name);
            orders.push(whole);
          }
          const place = await newPlace();
          await layOut(place, one, ground);
          const ends = await Promise.all(
            [one, other].map(({ command }) => start(command, { cwd: place, env: ground.env }).ended),
          );
          for (const [i, job] of [one, other].entries())
            if (ends[i].code !== 0)
              expectDone(await start(job.again, { cwd: place, env: ground.env }).ended, `again: ${job.name}`);
          await expectSame(place, ...orders);
          for (const each of [place, ...orders]) await rm(each, { recursive: true });
          for (const end of ends) expectEnd(end, `${one.name} and ${other.name}`);
        },
      };
    };
  },
);
