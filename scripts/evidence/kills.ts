// A study that is killed again and again comes out as one that was left alone: tables and checkpoints, byte for byte.
//
//   npm run -s build
//   npx tsx scripts/evidence/kills.ts --data DATA [--encoder FILE] [--kills 10] [--seed 0] [--work DIR]
//
// Runs a small study of four arms twice, by the built program. The second is ended by SIGKILL at moments drawn by the seed,
// anywhere between its start and its end, and resumed each time; then the two folders are compared. Exit code 1 if any file
// differs.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { required } from './support/flags.ts';
import { fewmask } from './support/program.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    encoder: { type: 'string' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    work: { type: 'string' },
  },
});
const work = values.work ?? mkdtempSync(join(tmpdir(), 'fewmask-kills-'));
const settings = [
  ...['--data', required(values.data, '--data'), ...(values.encoder ? ['--encoder', values.encoder] : [])],
  ...['--arms', 'scratch,identity,matched,consistency', '--seeds', '2'],
  ...['--labels', '12x2,24', '--size', '64'],
  ...['--epochs', '4', '--pretrain-epochs', '1', '--batch', '8', '--no-pictures'],
];
/** Of what holds durations, dates or commands nothing is compared. */
const compared = (path: string) =>
  /(study|runs|epochs|test)\.csv$|\.safetensors$|splits\.json$/.test(path) &&
  !/state\.safetensors$/.test(path);

const [whole, killed] = [join(work, 'whole'), join(work, 'killed')];
const began = performance.now();
await run(['study', ...settings, '--out', whole]);
const duration = performance.now() - began;
console.log(`left alone: ${(duration / 1000).toFixed(1)} s`);

const resume = ['study', ...settings, '--out', killed, '--resume'];
const moments = new RandomStream(Number(values.seed), 'kills');
const kills = Number(values.kills);
for (let kill = 1; kill <= kills; kill++) {
  // Each part is an equal share of the whole in the mean, so that kills fall everywhere in it.
  const after = 1500 + ((2 * duration) / kills) * moments.uniform();
  const ended = await run(resume, after);
  console.log(`kill ${kill} after ${(after / 1000).toFixed(1)} s: ${ended ? 'had ended' : 'killed'}`);
  if (ended) break;
}
await run(resume);

const files = new Set([whole, killed].flatMap(filesIn).filter(compared));
const differing = [...files].filter((file) => !sameIn(file));
console.log(`${files.size} files compared, ${differing.length} differ`);
for (const file of differing) console.log(`  ${file}`);
if (!values.work) rmSync(work, { recursive: true });
process.exitCode = differing.length > 0 ? 1 : 0;

/** Whether the command ended by itself; it is killed after so many ms. */
function run(args: readonly string[], killAfter?: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fewmask, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (text) => {
      told += text;
    });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(true);
      else if (signal === 'SIGKILL') resolve(false);
      else reject(new Error(told));
    });
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Whether both studies have the file, with the same bytes. */
function sameIn(file: string): boolean {
  try {
    return readFileSync(join(whole, file)).equals(readFileSync(join(killed, file)));
  } catch {
    return false;
  }
}
