import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { resizeBilinear } from '../../src/data/decode/resize.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { DEFAULT_ENCODER } from '../../src/encoders/catalogue.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { decodeMask } from '../support/masks.ts';
import { defaultEncoderFiles } from '../support/registry-at-hand.ts';
import { areaUnderCurve, fitRidge } from '../support/ridge.ts';
import { describeWithShared, shared } from '../support/shared.ts';

const SIZE = 128;
/** Pixels that are looked at: one of each 8 x 8. */
const GRID = 8;
const COLUMNS = SIZE / GRID;
const BATCH = 10;
const FEATURES = mobileNetV2.taps.reduce((sum, { channels }) => sum + channels, 0);
/** Of the sum of squares of a standardised feature. */
const SHRINKAGE = 0.1;

const atHand = (await defaultEncoderFiles()) !== undefined;

describeWithShared('a linear probe of lesions on real images', () => {
  test.skipIf(!atHand)('finds them in the default encoder about as well as in that of ImageNet', async () => {
    const train = await Promise.all(drawn('train.txt', 50).map(read));
    const test = await Promise.all(drawn('val.txt', 40).map(read));
    const engine = new Engine({ threads: 2 });
    try {
      const score = async (encoder: string) => {
        const { weights } = await readEncoder(encoder);
        const features = await extractor(engine, weights);
        const predict = fitRidge(await features(train, 7), SHRINKAGE);
        const { rows, labels } = await features(test, 3);
        return areaUnderCurve(rows.map(predict), labels);
      };
      const [found, reference] = [await score(DEFAULT_ENCODER), await score(shared.encoder)];
      expect(reference).toBeGreaterThan(0.75);
      expect(found).toBeGreaterThan(0.9 * reference);
    } finally {
      await engine.close();
    }
  });
});

function drawn(list: string, count: number): string[] {
  const stems = readFileSync(join(shared.kvasir, list), 'utf8').split('\n').filter(Boolean);
  return new RandomStream('probe', list).shuffled(stems).slice(0, count);
}

/** An image as the network takes it, and whether the grid's pixels are lesion. */
async function read(stem: string) {
  const size = { height: SIZE, width: SIZE };
  const image = resizeBilinear(await decodeImage(join(shared.kvasir, 'images', `${stem}.jpg`)), size);
  const mask = resizeBilinear(await decodeMask(join(shared.kvasir, 'masks', `${stem}.jpg`)), size);
  return { planes: toPlanes(image.data), labels: grid().map(([x, y]) => mask.data[y * SIZE + x] > 127) };
}

type Picture = Awaited<ReturnType<typeof read>>;

/** Rows of features, and whether each is of a lesion. */
interface Labelled {
  readonly rows: readonly Float64Array[];
  readonly labels: readonly boolean[];
}

/** Gives all taps of an encoder at every so many of the grid's pixels, image by image. */
async function extractor(engine: Engine, weights: Tensors) {
  const session = await engine.load(
    encoderGraph(mobileNetV2, weights, { batch: BATCH, height: SIZE, width: SIZE }),
  );
  return async (pictures: readonly Picture[], every: number): Promise<Labelled> => {
    const rows: Float64Array[] = [];
    const labels: boolean[] = [];
    let seen = 0;
    for (let first = 0; first < pictures.length; first += BATCH) {
      const group = pictures.slice(first, first + BATCH);
      const images = new Float32Array(BATCH * 3 * SIZE * SIZE);
      for (const [i, { planes }] of group.entries()) images.set(planes, i * planes.length);
      const result = await session.run({ image: { shape: [BATCH, 3, SIZE, SIZE], data: images } });
      for (const i of group.keys()) {
        for (const [k, [x, y]] of grid().entries()) {
          if (seen++ % every > 0) continue;
          const row = new Float64Array(FEATURES);
          let at = 0;
          for (const { name, channels, stride } of mobileNetV2.taps) {
            const { data } = result[name];
            const side = SIZE / stride;
            const pixel = Math.floor(y / stride) * side + Math.floor(x / stride);
            for (let c = 0; c < channels; c++) row[at++] = data[(i * channels + c) * side * side + pixel];
          }
          rows.push(row);
          labels.push(group[i].labels[k]);
        }
      }
    }
    return { rows, labels };
  };
}

/** The middle of each cell, row by row. */
function grid(): [number, number][] {
  return Array.from({ length: COLUMNS * COLUMNS }, (_, i) => [
    (i % COLUMNS) * GRID + GRID / 2,
    Math.floor(i / COLUMNS) * GRID + GRID / 2,
  ]);
}
