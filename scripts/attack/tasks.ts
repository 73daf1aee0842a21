import { rm } from 'node:fs/promises';
import type { RandomStream } from '../../src/core/random.ts';
import type { Attacker } from './attacker.ts';
import { SMALL_STUDY } from './jobs.ts';
import { onGround } from './on-ground.ts';
import { expectDone, expectEnd, expectSame, type Ground, start } from './processes.ts';

const STUDY = { name: 'study', command: [...SMALL_STUDY, '--out', 'out'], again: [] };

/** Tasks of a study that are killed, done twice at once, or done again later: what is gathered is as one process leaves it. */
export const tasks: Attacker = onGround(
  {
    name: 'tasks',
    what: 'tasks of a study killed, doubled and done again, then gathered',
    longest: 1_200_000,
  },
  ({ ground, wholeOf, place: newPlace }) =>
    (stream) => {
      const of = 2 + stream.integer(2);
      const begun = Array.from({ length: of + 1 }, () => 1 + stream.integer(of));
      const ways = begun.map(() => stream.integer(3));
      return {
        text: begun.map((task, i) => `${task}/${of} ${['killed', 'doubled', 'done'][ways[i]]}`).join(', '),
        run: async () => {
          const { place: whole, ms } = await wholeOf(STUDY);
          const place = await newPlace();
          for (const [i, task] of begun.entries())
            await doTask(`${task}/${of}`, ways[i], { place, ms, ground, stream });
          for (let task = 1; task <= of; task++)
            await doTask(`${task}/${of}`, DONE, { place, ms, ground, stream });
          const gather = ['study', '--resume', 'out', '--gather', '--no-pictures'];
          expectDone(await start(gather, { cwd: place, env: ground.env }).ended, gather.join(' '));
          await expectSame(place, whole);
          await rm(place, { recursive: true });
        },
      };
    },
);

const [KILLED, DOUBLED, DONE] = [0, 1, 2];

async function doTask(
  task: string,
  way: number,
  given: {
    readonly place: string;
    readonly ms: number;
    readonly ground: Ground;
    readonly stream: RandomStream;
  },
): Promise<void> {
  const { place: cwd, ms, ground, stream } = given;
  const command = [...SMALL_STUDY, '--out', 'out', '--task', task];
  const started = Array.from({ length: way === DOUBLED ? 2 : 1 }, () =>
    start(command, { cwd, env: ground.env }),
  );
  if (way === KILLED) {
    const { child, ended } = started[0];
    const timer = setTimeout(() => child.kill('SIGKILL'), (stream.uniform() * ms) / 2);
    const end = await ended;
    clearTimeout(timer);
    if (end.signal !== 'SIGKILL') expectDone(end, task);
    return;
  }
  const ends = await Promise.all(started.map(({ ended }) => ended));
  for (const end of ends) if (way === DONE) expectDone(end, task);
  for (const end of ends) expectEnd(end, task);
}
