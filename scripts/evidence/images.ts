// Images a second, waiting and memory against the number of images, as a Markdown table. The folders it trains on hold links
// to real images, again and again where there are fewer than wanted. The built library is measured, in a process of its own:
// compiling source on the way would add to its start and its memory.
//   npm run -s build && npx tsx scripts/evidence/images.ts --images DIR --encoder FILE [--counts 100,1000,5000] [--steps 60]
//     [--rounds 3] [--memory 2GiB]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../src/bench/median.ts';
import type { PretrainOptions } from '../../src/index.ts';
import { numbersIn, required } from './support/flags.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    encoder: { type: 'string', default: 'mobilenetv2-voc' },
    counts: { type: 'string', default: '100,1000,5000' },
    steps: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
    memory: { type: 'string', default: '2GiB' },
  },
});
const source = resolve(required(values.images, '--images'));
const files = readdirSync(source).sort();
const counts = numbersIn(values.counts);
const BATCH = 16;
/** In the first steps memory is found: they are not timed. */
const UNTIMED = 5;
const work = mkdtempSync(join(tmpdir(), 'fewmask-images-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

for (const count of counts) {
  mkdirSync(join(work, `${count}`));
  for (let i = 0; i < count; i++) {
    const file = files[i % files.length];
    symlinkSync(join(source, file), join(work, `${count}`, `${i}${extname(file)}`));
  }
}
const measured: Measured[][] = counts.map(() => []);
for (let round = 0; round < Number(values.rounds); round++)
  for (const [i, count] of counts.entries()) measured[i].push(measure(count));

printHead([...['images', 'images/s', 'waiting for data (%)', 'first step after (s)', 'peak memory (MiB)']]);
for (const [i, count] of counts.entries()) {
  const of = (key: keyof Measured) => median(measured[i].map((each) => each[key]));
  const waited = (100 * of('waited')).toFixed(2);
  printRow([count, of('rate').toFixed(1), waited, of('began').toFixed(1), of('memory').toFixed(0)]);
}

interface Measured {
  /** Images a second. */
  readonly rate: number;
  /** Share of the time. */
  readonly waited: number;
  /** Seconds to the end of the first step. */
  readonly began: number;
  /** MiB. */
  readonly memory: number;
}

/** Trains for some steps. */
function measure(count: number): Measured {
  const options: PretrainOptions = {
    plain: join(work, `${count}`),
    encoder: values.encoder,
    pretext: 'denoise',
    batch: BATCH,
    epochs: 1000,
    maxSteps: Number(values.steps),
    validation: false,
    memory: values.memory,
  };
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const program = `
    const { pretrain } = await import(${JSON.stringify(library)});
    const times = [];
    const { waited_for_data: waited } = await pretrain(${JSON.stringify(options)}, {
      out: ${JSON.stringify(join(work, 'run'))},
      overwrite: true,
      onEvent: ({ type }) => type === 'step' && times.push(performance.now()),
    });
    const timed = times.slice(${UNTIMED});
    const rate = (${BATCH} * (timed.length - 1) * 1000) / (timed.at(-1) - timed[0]);
    const memory = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ rate, waited, began: times[0] / 1000, memory }));
  `;
  const args = ['--input-type=module', '-e', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}
