import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../../src/core/errors.ts';
import { writeDataset } from '../../tests/support/dataset.ts';
import { tinySettings } from '../../tests/support/tiny.ts';
import { fewmask } from '../evidence/support/program.ts';
import { type Job, TRAIN } from './jobs.ts';
import { scratchFolder } from './scratch.ts';

/** How a process came to its end. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The program at work. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A process of the tiny data that takes longer hangs, in ms. */
const HANGS = 400_000;

/**
 * Starts the built program.
 *
 * @param hook what Node loads before it
 */
export function start(
  args: readonly string[],
  { cwd, env, hook }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly hook?: string },
): Started {
  const child = spawn(process.execPath, [...(hook ? ['--import', hook] : []), fewmask, ...args], {
    ...{ cwd, env: { ...process.env, ...env } },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`hangs: fewmask ${args.join(' ')}\n${stderr}`));
    }, HANGS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr });
    });
  });
  return { child, ended };
}

/** A stack in what was told. */
const STACK = /^ +at .*:\d+/m;

/**
 * Looks whether a process ended as it may.
 *
 * @throws UserError if it has refused; an error with what it told for anything but that and a good end
 */
export function expectEnd({ code, signal, stderr }: Ended, what: string): void {
  if (code === 0 && !STACK.test(stderr)) return;
  // Exit code 4: all was done but for files that could not be used.
  const said = stderr.match(code === 4 ? /^warning: (.*)$/m : /^fewmask: (.*)$/m)?.[1];
  if ((code === 2 || code === 4) && said !== undefined && !STACK.test(stderr))
    throw new UserError({ what, got: said, expected: 'a good end' });
  throw new Error(`${what}: ended by ${signal ?? `exit code ${code}`}\n${stderr}`);
}

/** @throws Error for anything but a good end */
export function expectDone(ended: Ended, what: string): void {
  const { code, signal, stderr } = ended;
  if (code !== 0) throw new Error(`${what}: ended by ${signal ?? `exit code ${code}`}\n${stderr}`);
}

/** Data, an encoder and a finished run, on which commands take seconds, and a place for each case. */
export interface Ground {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** An empty folder, in which `../data`, `../encoder.safetensors` and `../run` are found. */
  place(name: string): Promise<string>;
}

/** @throws Error if the run cannot be made */
export async function makeGround(): Promise<Ground> {
  const root = await scratchFolder();
  await tinySettings(root);
  await writeDataset(join(root, 'plain'), { count: 4, seed: 1, masks: 0 });
  await mkdir(join(root, 'tmp'));
  const env = { FEWMASK_CACHE: join(root, 'cache'), TMPDIR: join(root, 'tmp') };
  const first = join(root, 'first');
  await mkdir(first);
  expectDone(await start([...TRAIN, '--out', '../run'], { cwd: first, env }).ended, 'the run');
  return {
    ...{ root, env },
    place: async (name) => {
      const place = join(root, name);
      await mkdir(place);
      return place;
    },
  };
}

/** Of what holds durations, dates or commands no bytes are compared. */
const VOLATILE = /(^|\/)(environment\.json|summary\.json|metrics\.jsonl|results\.csv|times\.csv|.*\.html)$/;

/** What is left of work that was cut off. */
const LEFT_OVER = /\.part$|fewmask\.lock$|state\.safetensors$/;

/** The files in a folder, by their places in it. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** The files in a folder that work left over which was cut off. */
export const leftOverIn = async (folder: string): Promise<string[]> =>
  (await filesIn(folder)).filter((file) => LEFT_OVER.test(file));

/**
 * Looks whether a folder holds what it may hold.
 *
 * @param expected folders, as one of which each file has to be; what work left over is passed over
 * @throws Error naming the files that are missing, too many or different
 */
export async function expectSame(folder: string, ...expected: readonly string[]): Promise<void> {
  const namesIn = async (each: string) => (await filesIn(each)).filter((file) => !LEFT_OVER.test(file));
  const found = await namesIn(folder);
  const wanted = [...new Set((await Promise.all(expected.map(namesIn))).flat())];
  const faults = [
    ...wanted.filter((file) => !found.includes(file)).map((file) => `${file} is missing`),
    ...found.filter((file) => !wanted.includes(file)).map((file) => `${file} is too many`),
  ];
  for (const file of wanted) {
    if (VOLATILE.test(file) || !found.includes(file)) continue;
    // Settings hold whole paths.
    const textIn = async (each: string) =>
      (await readFile(join(each, file)).catch(() => undefined))?.toString('latin1').replaceAll(each, '');
    const text = await textIn(folder);
    const allowed = await Promise.all(expected.map(textIn));
    if (!allowed.includes(text)) faults.push(`${file} differs`);
  }
  if (faults.length > 0) throw new Error(faults.join(', '));
}

/** What a command is given first: a finished run is written into by some. */
export async function layOut(place: string, { inRun = false }: Job, { root }: Ground): Promise<void> {
  if (inRun) await cp(join(root, 'run'), join(place, 'out'), { recursive: true });
}

/** @throws Error naming files of a finished run that are neither as they were nor as the command leaves them */
export async function expectUndamaged(
  place: string,
  whole: string,
  { inRun = false }: Job,
  { root }: Ground,
): Promise<void> {
  if (!inRun) return;
  const faults: string[] = [];
  for (const file of await filesIn(join(root, 'run'))) {
    const [found, before, after] = await Promise.all(
      [join(place, 'out'), join(root, 'run'), join(whole, 'out')].map((folder) =>
        readFile(join(folder, file)).catch(() => undefined),
      ),
    );
    if (!found) faults.push(`${file} is gone`);
    else if (![before, after].some((each) => each?.equals(found)) && !VOLATILE.test(file))
      faults.push(`${file} is damaged`);
  }
  if (faults.length > 0) throw new Error(faults.join(', '));
}
