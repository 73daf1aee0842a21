// Images a second, waiting and memory against the number of images, as a Markdown table. The folders it trains on hold links
// to real images, again and again where there are fewer than wanted:
//   npm run -s build && node bench/images.mjs --images DIR --encoder FILE [--counts 100,1000,5000] [--steps 60] [--rounds 3]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

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
const source = resolve(values.images);
const files = readdirSync(source).sort();
const counts = values.counts.split(',').map(Number);
const work = mkdtempSync(join(tmpdir(), 'fewmask-images-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

for (const count of counts) {
  mkdirSync(join(work, `${count}`));
  for (let i = 0; i < count; i++) {
    const file = files[i % files.length];
    symlinkSync(join(source, file), join(work, `${count}`, `${i}${extname(file)}`));
  }
}

/** Trains for some steps; the first ones, in which memory is found, are not timed. */
function measure(count) {
  const program = `
    const { pretrain } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const times = [];
    const summary = await pretrain(${JSON.stringify({
      images: join(work, `${count}`),
      encoder: values.encoder,
      pretext: 'denoise',
      epochs: 1000,
      maxSteps: Number(values.steps),
      validation: false,
      memory: values.memory,
    })}, { out: ${JSON.stringify(join(work, 'run'))}, overwrite: true }, {
      onStep: () => times.push(performance.now()),
    });
    const waited = summary.waited_for_data;
    const timed = times.slice(5);
    const rate = (16 * (timed.length - 1) * 1000) / (timed.at(-1) - timed[0]);
    console.log(JSON.stringify({ rate, waited, began: times[0] / 1000, memory: process.resourceUsage().maxRSS / 1024 }));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const measured = counts.map(() => []);
for (let round = 0; round < Number(values.rounds); round++)
  for (const [i, count] of counts.entries()) measured[i].push(measure(count));

console.log('| images | images/s | waiting for data (%) | first step after (s) | peak memory (MiB) |');
console.log('|---|---|---|---|---|');
for (const [i, count] of counts.entries()) {
  const of = (key) => median(measured[i].map((each) => each[key]));
  console.log(
    `| ${count} | ${of('rate').toFixed(1)} | ${(100 * of('waited')).toFixed(2)} | ${of('began').toFixed(1)} | ${of('memory').toFixed(0)} |`,
  );
}
