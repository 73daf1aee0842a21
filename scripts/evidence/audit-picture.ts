// Draws docs/audit-picture.jpg: what three autoencoders make of a synthetic image with paths switched off. About 6 minutes
// on two cores:
//   npx tsx scripts/evidence/audit-picture.ts --encoder FILE [--work runs/audit-picture] [--out docs/audit-picture.jpg] [--images 640]
//     [--epochs 8]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import type { AuditPicture } from '../../src/audit/gallery.ts';
import { audit, type PretrainOptions, pretrain, synthesise } from '../../src/index.ts';
import { bytesOfPlanes } from '../../src/report/pictures.node.ts';
import { required } from './support/flags.ts';
import { root } from './support/program.ts';

const { values } = parseArgs({
  options: {
    encoder: { type: 'string' },
    work: { type: 'string', default: 'runs/audit-picture' },
    out: { type: 'string', default: join(root, 'docs', 'audit-picture.jpg') },
    images: { type: 'string', default: '640' },
    epochs: { type: 'string', default: '8' },
  },
});
const encoder = required(values.encoder, '--encoder');
const SIZE = 128;
const GAP = 4;
const NETWORKS: readonly (readonly [string, Partial<PretrainOptions>])[] = [
  ['identity', {}],
  ['no-skips', { skips: 'none' }],
  ['coarse-noise', { pretext: 'denoise', correlation: 16 }],
];

const data = join(values.work, 'images');
await synthesise(
  { count: Number(values.images), labelled: 24, test: 24, size: SIZE, seed: 0 },
  { out: data, overwrite: true },
);
const pictures: AuditPicture[] = [];
for (const [name, settings] of NETWORKS) {
  const run = join(values.work, name);
  await pretrain(
    { data, encoder, labels: 24, epochs: Number(values.epochs), ...settings },
    { out: run, resume: true, pictures: false },
  );
  const { result, pictures: shown } = await audit({ run });
  const quality = 'psnr' in result.reference ? `${result.reference.psnr.toFixed(1)} dB` : '';
  console.log(`${name}: ${quality}, ${result.verdict.label}`);
  pictures.push(shown[0]);
}
const tiles = (await Promise.all(pictures.map(tilesOf))).flat();
const width = GAP + (2 + pictures[0].without.length) * (SIZE + GAP);
const height = GAP + 2 * NETWORKS.length * (SIZE + GAP) + 3 * GAP * (NETWORKS.length - 1);
const picture = sharp({ create: { width, height, channels: 3, background: '#fff' } }).composite(tiles);
writeFileSync(values.out, await picture.jpeg({ quality: 82 }).toBuffer());

/** Of the network in this row two lines: target, whole and each path silent; below these each path alone. */
function tilesOf(
  { size, target, whole, without, only }: AuditPicture,
  row: number,
): Promise<OverlayOptions[]> {
  const lines = [
    [target, whole, ...without],
    [undefined, undefined, ...only],
  ];
  const tiles = lines.flatMap((images, line) =>
    images.flatMap(async (planes, column) => {
      if (!planes) return [];
      const raw = { ...size, channels: 3 } as const;
      const input = await sharp(bytesOfPlanes(planes, 3), { raw }).png().toBuffer();
      const top = GAP + (2 * row + line) * (size.height + GAP) + 3 * GAP * row;
      return [{ input, left: GAP + column * (size.width + GAP), top }];
    }),
  );
  return Promise.all(tiles).then((found) => found.flat());
}
