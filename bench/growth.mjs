// Time and memory of a training step against batch and size, as a Markdown table:
//   npm run -s build && node bench/growth.mjs [--decoder unet|pix2pix] [--runs 5]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: 'unet' },
    runs: { type: 'string', default: '5' },
  },
});
const fewmask = fileURLToPath(new URL('../bin/fewmask.js', import.meta.url));

const batches = [1, 3, 8, 16, 32, 64].map((batch) => ({ size: '128', batch }));
const sizes = [
  ['64', 16],
  ['96', 16],
  ['96x160', 16],
  ['256', 8],
  ['384', 4],
  ['512', 4],
].map(([size, batch]) => ({ size, batch }));

console.log(
  '| size (px) | batch | step (ms) | images/s | Mpixel/s | prediction (images/s) | peak memory (MiB) |',
);
console.log('|---|---|---|---|---|---|---|');
for (const { size, batch } of [...batches, ...sizes]) {
  const flags = ['--decoder', values.decoder, '--runs', values.runs, '--size', size, '--batch', `${batch}`];
  const result = JSON.parse(
    execFileSync(process.execPath, [fewmask, 'bench', '--json', ...flags], { encoding: 'utf8' }),
  );
  const [height, width = height] = size.split('x').map(Number);
  const rate = result.train_images_per_s;
  const cells = [
    size,
    batch,
    result.train_step_ms.toFixed(0),
    rate.toFixed(1),
    ((rate * height * width) / 1e6).toFixed(2),
    result.infer_images_per_s.toFixed(1),
    result.peak_rss_mb.toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
