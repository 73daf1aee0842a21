// How far what is predicted by tiles lies from what is predicted of the whole image at once, as a Markdown table: probabilities of the
// pixels in the middle of tiles, where one tile counts alone, and of all pixels.
//   npm run -s build && npx tsx scripts/evidence/tiles.ts --run DIR --image FILE [--side 1536] [--tiles 256,512,1024]
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { quantile } from '../../src/core/quantile.ts';
import { type TiledAxis, tilingOf } from '../../src/eval/tiles.ts';
import type { predict as Predict } from '../../src/index.ts';
import { numbersIn, required } from './support/flags.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    image: { type: 'string' },
    side: { type: 'string', default: '1536' },
    tiles: { type: 'string', default: '256,512,1024' },
  },
});
const side = Number(values.side);
const { predict } = (await import(resolve('dist/index.js'))) as { predict: typeof Predict };
const { data } = await sharp(required(values.image, '--image'))
  .removeAlpha()
  .toColourspace('srgb')
  .resize(side, side, { fit: 'fill' })
  .raw()
  .toBuffer({ resolveWithObject: true });
const image = { data: new Uint8Array(data), width: side, height: side, channels: 3 } as const;
const run = resolve(required(values.run, '--run'));
const probabilities = async (tile: number) => {
  const [made] = (await predict({ run, images: [image], tile, batch: 1 })).predictions;
  return made.probabilities!.data;
};

const whole = await probabilities(side);
printHead(['tile', 'pixels', 'mean difference', '99 %', 'largest']);
for (const tile of numbersIn(values.tiles)) {
  const made = await probabilities(tile);
  const { rows, columns } = tilingOf({ height: side, width: side }, { height: tile, width: tile }, 32);
  const [ys, xs] = [rows, columns].map(alone);
  const middle = (i: number) => ys.has(Math.floor((i % (side * side)) / side)) && xs.has(i % side);
  const differences = Array.from(made, (value, i) => Math.abs(value - whole[i]));
  tell(
    `${tile}, middles`,
    differences.filter((_, i) => middle(i)),
  );
  tell(`${tile}, all`, differences);
}

/** Places where one tile counts alone. */
function alone({ starts, weights }: TiledAxis): Set<number> {
  return new Set(
    starts.flatMap((start, t) => Array.from(weights[t], (weight, i) => (weight === 1 ? start + i : -1))),
  );
}

function tell(name: string, differences: number[]): void {
  const sorted = Float32Array.from(differences).sort();
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
  const told = [mean, quantile([...sorted], 0.99), sorted[sorted.length - 1]];
  printRow([name, differences.length, ...told.map((each) => each.toExponential(1))]);
}
