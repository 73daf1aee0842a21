// Draws docs/audit-picture.jpg: what three autoencoders make of a synthetic image with paths switched off. About 6 minutes
// on two cores:
//   npm run -s build && node bench/audit-picture.mjs --encoder FILE [--work runs/audit-picture]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { audit, pretrain, synthesise } from '../dist/index.js';
import { bytesOfPlanes } from '../dist/report/pictures.node.js';

const { values } = parseArgs({
  options: { encoder: { type: 'string' }, work: { type: 'string', default: 'runs/audit-picture' } },
});
const { encoder, work } = values;
const data = join(work, 'images');
await synthesise({ count: 640, labelled: 24, test: 24, size: 128, seed: 0 }, { out: data, overwrite: true });

const networks = [
  ['identity', {}],
  ['no-skips', { skips: 'none' }],
  ['coarse-noise', { pretext: 'denoise', correlation: 16 }],
];
const GAP = 4;
const tiles = [];
let columns = 0;
for (const [row, [name, settings]] of networks.entries()) {
  const run = join(work, name);
  await pretrain(
    { data, encoder, labels: 24, epochs: 8, ...settings },
    { out: run, resume: true, pictures: false },
  );
  const { result, pictures } = await audit({ run });
  console.log(`${name}: ${result.reference.psnr.toFixed(1)} dB, ${result.verdict.label}`);
  const [{ size, target, whole, without, only }] = pictures;
  columns = 2 + without.length;
  const lines = [
    [target, whole, ...without],
    [undefined, undefined, ...only],
  ];
  for (const [line, images] of lines.entries()) {
    for (const [column, planes] of images.entries()) {
      if (!planes) continue;
      const input = await sharp(bytesOfPlanes(planes, 3), { raw: { ...size, channels: 3 } })
        .png()
        .toBuffer();
      const top = GAP + (2 * row + line) * (size.height + GAP) + 3 * GAP * row;
      tiles.push({ input, left: GAP + column * (size.width + GAP), top });
    }
  }
}
const width = GAP + columns * (128 + GAP);
const height = GAP + 2 * networks.length * (128 + GAP) + 3 * GAP * (networks.length - 1);
const picture = sharp({ create: { width, height, channels: 3, background: '#fff' } }).composite(tiles);
const file = fileURLToPath(new URL('../docs/audit-picture.jpg', import.meta.url));
writeFileSync(file, await picture.jpeg({ quality: 82 }).toBuffer());
