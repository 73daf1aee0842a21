// Memory and time of predicting a large image by tiles, as a Markdown row: a tiled TIFF of SIDE x SIDE pixels is made, and the built
// library predicts it, in a process of its own.
//   npm run -s build && npx tsx scripts/evidence/large-image.ts --run DIR [--side 20000] [--tile auto] [--batch 4] [--threads 2]
//     [--seconds 600]: then it is stopped, and time is told by the rows of tiles that were done
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { RandomStream } from '../../src/core/random.ts';
import { required } from './support/flags.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    side: { type: 'string', default: '20000' },
    tile: { type: 'string', default: 'auto' },
    batch: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '100000' },
  },
});
const side = Number(values.side);
const work = mkdtempSync(join(tmpdir(), 'fewmask-large-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const image = join(work, 'large.tif');
const random = new RandomStream('large-image');
const coarse = Uint8Array.from({ length: 500 * 500 * 3 }, () => random.integer(256));
await sharp(coarse, { raw: { width: 500, height: 500, channels: 3 } })
  .resize(side, side, { fit: 'fill', kernel: 'linear' })
  .tiff({ tile: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 90 })
  .toFile(image);

// The library as it is built, as a program would call it.
const program = `
  import { predict } from ${JSON.stringify(resolve('dist/index.js'))};
  const { options, out } = JSON.parse(process.argv[1]);
  const onEvent = (event) => console.log(JSON.stringify(event));
  await predict(options, { out, onEvent });
`;
const options = {
  run: resolve(required(values.run, '--run')),
  images: [image],
  ...{ tile: values.tile, batch: Number(values.batch), threads: Number(values.threads) },
};
const began = performance.now();
const given = JSON.stringify({ options, out: join(work, 'out') });
const child = spawn(process.execPath, ['--input-type=module', '-e', program, given], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let share = 0;
createInterface(child.stdout).on('line', (line) => {
  const { phase, done, total } = JSON.parse(line);
  if (phase === 'predicting tiles') share = done / total;
});
const stopped = setTimeout(() => child.kill('SIGTERM'), Number(values.seconds) * 1000);
let peak = 0;
// The kernel keeps the largest resident set of a process.
const watch = setInterval(() => {
  peak = Math.max(peak, peakOf(child.pid!));
}, 250);
const code = await new Promise((done) => child.on('exit', done));
clearInterval(watch);
clearTimeout(stopped);
const seconds = (performance.now() - began) / 1000;

printHead(['image', 'done', 'peak memory', 'seconds', 'megapixels a second', 'ended with']);
const megapixels = (side * side * share) / 1e6;
printRow([
  ...[
    `${side}x${side}`,
    `${(100 * share).toFixed(0)} %`,
    `${(peak / 1e9).toFixed(2)} GB`,
    seconds.toFixed(0),
  ],
  ...[(megapixels / seconds).toFixed(2), String(code)],
]);

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
