import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { RandomStream } from '../../src/core/random.ts';
import { DEFAULT_ENCODER, knownEncoder } from '../../src/encoders/catalogue.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { defaultEncoderFiles } from '../support/registry-at-hand.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { forward, makeUpModel, readWeights } from '../support/tensorflow-mobilenet.ts';

const known = knownEncoder(DEFAULT_ENCODER)!;
const real = await defaultEncoderFiles();

/** Values in [-1, 1] by row, column and channel. */
const images: Record<string, (y: number, x: number, c: number) => number> = {
  random: (() => {
    const stream = new RandomStream('pixels');
    return () => 2 * stream.uniform() - 1;
  })(),
  smooth: (y, x, c) => Math.sin(y / 9 + c) * Math.cos(x / 13 - c),
};

describe.each([
  { which: 'made up', files: makeUpModel() },
  { which: 'real', files: real },
])('a TensorFlow.js MobileNetV2, $which', ({ files }) => {
  const skipped = files === undefined;

  test.skipIf(skipped).each([
    ['random', 64, 64],
    ['smooth', 64, 64],
    ['smooth', 32, 96],
  ] as const)(
    'has the taps of its own weights in float64: %s image, %i x %i',
    async (kind, height, width) => {
      const rows = new Float64Array(height * width * 3);
      const planes = new Float32Array(rows.length);
      for (let i = 0; i < height * width; i++)
        for (let c = 0; c < 3; c++) {
          planes[c * height * width + i] = images[kind](Math.floor(i / width), i % width, c);
          rows[3 * i + c] = planes[c * height * width + i];
        }
      const expected = forward(readWeights(files!), { height, width, channels: 3, data: rows });

      const { outputs } = encoderGraph(mobileNetV2, known.convert(files!), { batch: 1, height, width });
      const got = await runGraph(outputs, { image: { shape: [1, 3, height, width], data: planes } });
      for (const [i, { name, channels, stride }] of mobileNetV2.taps.entries()) {
        const { data, ...extent } = expected[i];
        expect(extent).toEqual({ height: height / stride, width: width / stride, channels });
        const area = extent.height * extent.width;
        const byPlane = new Float64Array(data.length);
        for (let at = 0; at < data.length; at++)
          byPlane[(at % channels) * area + Math.floor(at / channels)] = data[at];
        expect(largest(byPlane), `${name} says something`).toBeGreaterThan(0.1);
        const difference = largestDifference(got[name].data, byPlane);
        expect(difference, name).toBeLessThan(1e-3);
      }
    },
  );

  test.skipIf(skipped)('becomes the tensors of the encoder, and no others', () => {
    const tensors = known.convert(files!);
    expect([...tensors].map(([name, { shape }]) => ({ name, shape }))).toEqual(mobileNetV2.tensors);
  });
});

test.skipIf(!real)('the default encoder is read by its name, its content as pinned', async () => {
  const { weights, sha256: content } = await readEncoder(DEFAULT_ENCODER);
  expect(content).toBe(known.sha256);
  for (const [name, { data }] of known.convert(real!)) {
    expect(sha256(new Uint8Array(weights.get(name)!.data.buffer)), name).toBe(
      sha256(new Uint8Array(data.buffer)),
    );
  }
});

const largest = (values: Float64Array) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
