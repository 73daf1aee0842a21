// Time and memory of a training step against batch and size, as a Markdown table; with --plot also against the size alone,
// four images a step, as a picture. The built program is measured, in processes of its own:
//   npm run -s build && npx tsx scripts/evidence/growth.ts [--decoder unet|pix2pix] [--runs 5] [--plot FILE.svg]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Benchmark } from '../../src/index.ts';
import { printHead, printRow } from './support/markdown.ts';
import { fewmask } from './support/program.ts';

const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: 'unet' },
    runs: { type: 'string', default: '5' },
    plot: { type: 'string' },
  },
});

const CASES: readonly (readonly [string, number])[] = [
  ...[1, 3, 8, 16, 32, 64].map((batch) => ['128', batch] as const),
  ...([
    ['64', 16],
    ['96', 16],
    ['96x160', 16],
    ['256', 8],
    ['384', 4],
    ['512', 4],
  ] as const),
];

printHead([
  ...['size (px)', 'batch', 'step (ms)', 'images/s', 'Mpixel/s'],
  ...['prediction (images/s)', 'peak memory (MiB)'],
]);
for (const [size, batch] of CASES) {
  const result = measure(size, batch);
  const [height, width = height] = size.split('x').map(Number);
  const rate = result.train_images_per_s;
  printRow([
    size,
    batch,
    result.train_step_ms.toFixed(0),
    rate.toFixed(1),
    ((rate * height * width) / 1e6).toFixed(2),
    result.infer_images_per_s.toFixed(1),
    result.peak_rss_mb.toFixed(0),
  ]);
}
if (values.plot) drawPlot(values.plot);

function measure(size: string, batch: number): Benchmark {
  const flags = ['--decoder', values.decoder, '--runs', values.runs, '--size', size, '--batch', `${batch}`];
  const told = execFileSync(process.execPath, [fewmask, 'bench', '--json', ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(told) as Benchmark;
}

interface Point {
  readonly size: number;
  /** Of an image, ms. */
  readonly time: number;
  /** MiB. */
  readonly memory: number;
}

function drawPlot(file: string): void {
  const points = [64, 96, 128, 192, 256, 384, 512].map((size): Point => {
    const { train_step_ms, peak_rss_mb } = measure(`${size}`, 4);
    return { size, time: train_step_ms / 4, memory: peak_rss_mb };
  });
  const panels = [
    panel(points, 'time', { label: 'training, ms an image', left: 0 }),
    panel(points, 'memory', { label: 'peak memory, MiB', left: 400 }),
  ];
  const frame =
    'width="780" height="260" style="background:#fff;color:#222;font-family:sans-serif"><title>Growth with the size of the image</title>';
  writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" ${frame}${panels.join('')}</svg>\n`);
}

function panel(
  points: readonly Point[],
  y: 'time' | 'memory',
  { label, left }: { readonly label: string; readonly left: number },
): string {
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
  svg.setAttribute('x', `${left}`);
  // Plot's style sheet is for pages; here it is a picture.
  return svg.outerHTML.replace(/<style>.*?<\/style>/s, '').replace('>', `><title>${label}</title>`);
}
