// Measures the table of docs/export.md: what an exported network says where its input is resized in other ways than `predict`
// does. Needs Debian's Chromium. Some minutes:
//   npx tsx scripts/evidence/fed.ts --run runs/seg --images DIR [--count 60]
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import sharp, { type KernelEnum } from 'sharp';
import type { Size } from '../../src/core/size.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import type { ImageInMemory } from '../../src/data/decode/memory.ts';
import { overlap } from '../../src/eval/overlap.ts';
import { exportRun, predict, prepareImage } from '../../src/index.ts';
import { disableTelemetry } from '../../src/runtime/telemetry.node.ts';
import { postedBy } from '../../tests/support/browser.ts';
import { required } from './support/flags.ts';
import { printHead, printRow } from './support/markdown.ts';

disableTelemetry();
const { values } = parseArgs({
  options: { run: { type: 'string' }, images: { type: 'string' }, count: { type: 'string', default: '60' } },
});
const [run, folder] = [required(values.run, '--run'), required(values.images, '--images')];
const names = (await readdir(folder)).sort().slice(0, Number(values.count));
const work = await mkdtemp(join(tmpdir(), 'fewmask-fed-'));
const { metadata } = await exportRun({ run }, { out: join(work, 'plain.onnx') });
await exportRun({ run, rawInput: true }, { out: join(work, 'raw.onnx') });
const size: Size = { height: Number(metadata.input_height), width: Number(metadata.input_width) };
const [plain, raw] = await Promise.all(
  ['plain', 'raw'].map((name) => ort.InferenceSession.create(join(work, `${name}.onnx`))),
);
await rm(work, { recursive: true });

const QUALITIES = ['high', 'medium', 'low'] as const;
const page = `<!doctype html><script type="module">
  const drawn = [];
  for (let i = 0; i < ${names.length}; i++) {
    const bitmap = await createImageBitmap(await (await fetch('/image/' + i)).blob());
    drawn.push(${JSON.stringify(QUALITIES)}.map((quality) => {
      const context = new OffscreenCanvas(${size.width}, ${size.height}).getContext('2d');
      context.imageSmoothingQuality = quality;
      context.drawImage(bitmap, 0, 0, ${size.width}, ${size.height});
      return [...context.getImageData(0, 0, ${size.width}, ${size.height}).data];
    }));
  }
  await fetch('/drawn', { method: 'POST', body: JSON.stringify(drawn) });
</script>`;
const drawn = (await postedBy('/page.html', async (path) => {
  const [, image] = /^\/image\/(\d+)$/.exec(path) ?? [];
  return image ? readFile(join(folder, names[Number(image)])) : page;
})) as number[][][];

async function plainSays(input: Float32Array): Promise<Float32Array> {
  const image = new ort.Tensor('float32', input, [1, 3, size.height, size.width]);
  return (await plain.run({ image })).probability.data as Float32Array;
}

/** Pixels at the network's size need no resizing. */
const saysOf = (data: ImageInMemory['data'], channels: 3 | 4) =>
  plainSays(prepareImage({ data, ...size, channels }, size));

async function rawSays({ data, width, height }: ImageInMemory): Promise<Float32Array> {
  const image = new ort.Tensor('uint8', data as Uint8Array, [1, height, width, 3]);
  return (await raw.run({ image })).probability.data as Float32Array;
}

async function bySharp(path: string, kernel: keyof KernelEnum): Promise<Float32Array> {
  const photo = sharp(path).autoOrient().removeAlpha().toColourspace('srgb');
  return saysOf(await photo.resize(size.width, size.height, { fit: 'fill', kernel }).raw().toBuffer(), 3);
}

interface Way {
  largest: number;
  changed: number;
  readonly dice: number[];
}
const ways = new Map<string, Way>();
const { predictions } = await predict({ run, images: names.map((name) => join(folder, name)) });
for (const [i, name] of names.entries()) {
  const path = join(folder, name);
  const image = (await decodeImage(path)) as ImageInMemory;
  const expected = predictions[i].probabilities!.data;
  const truth = expected.map((p) => (p >= 0.5 ? 1 : 0));
  const said: Record<string, Float32Array> = {
    '--raw-input': await rawSays(image),
    prepareImage: await plainSays(prepareImage(image, size)),
  };
  for (const kernel of ['linear', 'lanczos3', 'nearest'] as const)
    said[`sharp, ${kernel}`] = await bySharp(path, kernel);
  for (const [q, quality] of QUALITIES.entries())
    said[`canvas, ${quality}`] = await saysOf(Uint8Array.from(drawn[i][q]), 4);
  for (const [way, given] of Object.entries(said)) {
    const of = ways.get(way) ?? { largest: 0, changed: 0, dice: [] };
    const changed = truth.reduce((sum, pixel, at) => sum + Math.abs(pixel - (given[at] >= 0.5 ? 1 : 0)), 0);
    of.largest = given.reduce((largest, p, at) => Math.max(largest, Math.abs(p - expected[at])), of.largest);
    of.changed = Math.max(of.changed, changed);
    of.dice.push(overlap(given, truth).dice);
    ways.set(way, of);
  }
}
printHead(['way', 'largest difference', 'pixels that differ, at most', 'Dice, mean', 'Dice, lowest']);
for (const [way, { largest, changed, dice }] of ways) {
  const mean = dice.reduce((sum, each) => sum + each, 0) / dice.length;
  printRow([way, largest.toPrecision(2), changed, mean.toFixed(3), Math.min(...dice).toFixed(3)]);
}
