// Time and memory of a training step against batch and size, as a Markdown table; with --plot also against the size alone,
// four images a step, as a picture:
//   npm run -s build && node bench/growth.mjs [--decoder unet|pix2pix] [--runs 5] [--plot FILE.svg]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: 'unet' },
    runs: { type: 'string', default: '5' },
    plot: { type: 'string' },
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

function measure(size, batch) {
  const flags = ['--decoder', values.decoder, '--runs', values.runs, '--size', size, '--batch', `${batch}`];
  return JSON.parse(
    execFileSync(process.execPath, [fewmask, 'bench', '--json', ...flags], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
}

console.log(
  '| size (px) | batch | step (ms) | images/s | Mpixel/s | prediction (images/s) | peak memory (MiB) |',
);
console.log('|---|---|---|---|---|---|---|');
for (const { size, batch } of [...batches, ...sizes]) {
  const result = measure(size, batch);
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

if (values.plot) {
  const points = [64, 96, 128, 192, 256, 384, 512].map((size) => {
    const { train_step_ms: time, peak_rss_mb: memory } = measure(`${size}`, 4);
    return { size, time: time / 4, memory };
  });
  const panel = (y, label, left) => {
    const svg = Plot.plot({
      document: parseHTML('<html></html>').document,
      width: 380,
      height: 260,
      marginLeft: 60,
      x: {
        type: 'log',
        label: 'size of the image (px)',
        ticks: points.map(({ size }) => size),
        tickFormat: String,
      },
      y: { type: 'log', label, grid: true, ticks: 5, tickFormat: String },
      marks: [Plot.line(points, { x: 'size', y }), Plot.dot(points, { x: 'size', y, fill: 'currentColor' })],
    });
    svg.setAttribute('x', left);
    // Plot's style sheet is for pages; here it is a picture.
    return svg.outerHTML.replace(/<style>.*?<\/style>/s, '').replace('>', `><title>${label}</title>`);
  };
  const panels = [panel('time', 'training, ms an image', 0), panel('memory', 'peak memory, MiB', 400)];
  writeFileSync(
    values.plot,
    `<svg xmlns="http://www.w3.org/2000/svg" width="780" height="260" style="background:#fff;color:#222;font-family:sans-serif"><title>Growth with the size of the image</title>${panels.join('')}</svg>\n`,
  );
}
