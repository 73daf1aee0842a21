import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../src/core/errors.ts';
import type { RandomStream } from '../../src/core/random.ts';
import type { Attacker } from './attacker.ts';
import { COMMANDS, type Job, TRAININGS } from './jobs.ts';
import { onGround } from './on-ground.ts';
import {
  expectDone,
  expectEnd,
  expectSame,
  expectUndamaged,
  filesIn,
  type Ground,
  layOut,
  leftOverIn,
  start,
} from './processes.ts';
import type { Whole } from './wholes.ts';

const run = promisify(execFile);

const JOBS = [...COMMANDS, ...TRAININGS];

/** Whether file systems can be mounted, as only root may, on Linux. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** What goes wrong with a place, and how it is put right again. */
type Disk = (given: {
  readonly job: Job;
  readonly place: string;
  readonly whole: Whole;
  readonly ground: Ground;
  readonly stream: RandomStream;
}) => Promise<void>;

/** Room for a part of what the command writes. */
const full: Disk = async ({ job, place, whole, ground, stream }) => {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'fewmask', place]);
  try {
    await layOut(place, job, ground);
    const before = await bytesIn(place);
    const room = before + Math.ceil(stream.uniform() * ((await bytesIn(whole.place)) - before));
    await run('mount', ['-o', `remount,size=${Math.max(1, Math.ceil(room / PAGE)) * PAGE}`, place]);
    await refusedThenDone(job, { place, whole, ground }, () =>
      run('mount', ['-o', 'remount,size=256m', place]).then(() => {}),
    );
  } finally {
    await run('umount', ['-l', place]);
  }
};

/** Of a tmpfs, in bytes. */
const PAGE = 4096;

/** The place itself, or what the command writes into, may only be read: file modes do not hold root. */
const readOnly: Disk = async ({ job, place, whole, ground, stream }) => {
  await layOut(place, job, ground);
  const folders = (await readdir(whole.place, { withFileTypes: true })).filter((each) => each.isDirectory());
  const nested = folders.length > 0 && stream.integer(2) > 0 ? join(place, 'out') : place;
  await mkdir(nested, { recursive: true });
  await run('mount', ['--bind', nested, nested]);
  await run('mount', ['-o', 'remount,ro,bind', nested]);
  let mounted = true;
  const unmount = async () => {
    if (mounted) await run('umount', ['-l', nested]);
    mounted = false;
  };
  try {
    await refusedThenDone(job, { place, whole, ground }, unmount);
  } finally {
    await unmount();
  }
};

/** Its folder is removed while it works. */
const gone: Disk = async ({ job, place, whole, ground, stream }) => {
  await layOut(place, job, ground);
  const { ended } = start(job.command, { cwd: place, env: ground.env });
  const timer = setTimeout(
    () => void rm(join(place, 'out'), { recursive: true, force: true }).catch(() => {}),
    stream.uniform() * whole.ms,
  );
  const end = await ended;
  clearTimeout(timer);
  await rm(place, { recursive: true });
  await mkdir(place);
  await layOut(place, job, ground);
  expectDone(await start(job.again, { cwd: place, env: ground.env }).ended, `again: ${job.name}`);
  await expectSame(place, whole.place);
  expectEnd(end, job.name);
};

/** @throws UserError if it was refused at first, as it may; an error for every other end, and what is damaged */
async function refusedThenDone(
  job: Job,
  { place, whole, ground }: { readonly place: string; readonly whole: Whole; readonly ground: Ground },
  repair: () => Promise<void>,
): Promise<void> {
  const end = await start(job.command, { cwd: place, env: ground.env }).ended;
  await expectUndamaged(place, whole.place, job, ground);
  const left = (await leftOverIn(place)).filter((file) => !file.endsWith('state.safetensors'));
  await repair();
  expectDone(await start(job.again, { cwd: place, env: ground.env }).ended, `again: ${job.name}`);
  await expectSame(place, whole.place);
  if (left.length > 0) throw new Error(`left over: ${left.join(', ')}\n${end.stderr}`);
  expectEnd(end, job.name);
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await filesIn(folder)).map(
      async (file) => Math.ceil((await stat(join(folder, file))).size / PAGE) * PAGE,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const disksOf = (name: string, what: string, disk: Disk): Attacker =>
  onGround({ name, what }, ({ ground, wholeOf, place: newPlace }) => {
    if (disk !== gone && !canMount) {
      throw new UserError({ what: name, got: 'no right to mount', expected: 'Linux, and root' });
    }
    return (stream) => {
      const job = JOBS[stream.integer(JOBS.length)];
      return {
        text: job.name,
        run: async () => {
          const whole = await wholeOf(job);
          const place = await newPlace();
          try {
            await disk({ job, place, whole, ground, stream });
          } finally {
            await rm(place, { recursive: true, force: true });
          }
        },
      };
    };
  });

export const disks: readonly Attacker[] = [
  disksOf('disks', 'commands on a disk that is full half-way, and done again with room', full),
  disksOf('disks-read-only', 'commands that write to a read-only place, and done again', readOnly),
  disksOf('disks-gone', 'commands whose folder is removed while they work, and done again', gone),
];
