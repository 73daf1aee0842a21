// A study that is killed again and again comes out as one that was left alone: tables and checkpoints, byte for byte.
//
//   npm run build
//   node bench/kills.mjs --data DATA [--encoder FILE] [--kills 10] [--seed 0] [--work DIR]
//
// Runs a small study of three arms twice. The second is ended by SIGKILL at moments drawn by the seed, anywhere between its
// start and its end, and resumed each time; then the two folders are compared. Exit code 1 if any file differs.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    encoder: { type: 'string' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    work: { type: 'string' },
  },
});
if (!values.data) throw new Error('--data: got nothing, expected a data folder');
const work = values.work ?? mkdtempSync(join(tmpdir(), 'fewmask-kills-'));
const cli = new URL('../bin/fewmask.js', import.meta.url).pathname;
const settings = [
  ...['--data', values.data, ...(values.encoder ? ['--encoder', values.encoder] : [])],
  ...['--arms', 'scratch,identity,matched', '--seeds', '2', '--labels', '12x2,24', '--size', '64'],
  ...['--epochs', '4', '--pretrain-epochs', '1', '--batch', '8', '--no-pictures'],
];
/** Of what holds durations, dates or commands nothing is compared. */
const compared = (path) =>
  /(study|runs|epochs|test)\.csv$|\.safetensors$|splits\.json$/.test(path) &&
  !/state\.safetensors$/.test(path);

const began = performance.now();
await run(['study', ...settings, '--out', join(work, 'whole')]);
const whole = performance.now() - began;
console.log(`left alone: ${(whole / 1000).toFixed(1)} s`);

let state = Number(values.seed) + 1;
/** Uniform in [0, 1): Park and Miller's minimal standard generator. */
const uniform = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const out = join(work, 'killed');
const kills = Number(values.kills);
for (let kill = 1; kill <= kills; kill++) {
  // Each part is an equal share of the whole in the mean, so that kills fall everywhere in it.
  const after = 1500 + ((2 * whole) / kills) * uniform();
  const ended = await run(['study', ...settings, '--out', out, '--resume'], after);
  console.log(`kill ${kill} after ${(after / 1000).toFixed(1)} s: ${ended ? 'had ended' : 'killed'}`);
  if (ended) break;
}
await run(['study', ...settings, '--out', out, '--resume']);

const files = filesIn(join(work, 'whole')).filter(compared);
const others = filesIn(out).filter(compared);
const differing = [...new Set([...files, ...others])].filter(
  (file) =>
    !files.includes(file) ||
    !others.includes(file) ||
    !readFileSync(join(work, 'whole', file)).equals(readFileSync(join(out, file))),
);
console.log(
  `${files.length} files compared, ${differing.length} differ${differing.map((f) => `\n  ${f}`).join('')}`,
);
if (!values.work) rmSync(work, { recursive: true });
process.exitCode = differing.length > 0 ? 1 : 0;

/** Whether the command ended by itself; it is killed after so many ms. */
function run(args, killAfter) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (text) => {
      told += text;
    });
    const timer = killAfter && setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(true);
      else if (signal === 'SIGKILL') resolve(false);
      else reject(new Error(told));
    });
  });
}

function filesIn(folder, root = folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path, root) : [relative(root, path)];
  });
}
