import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { describeEncoder, readEncoder } from '../../src/encoders/read.node.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { refusal } from '../support/expect-user-error.ts';
import { drawKeras, kerasFile, kerasTaps } from '../support/keras-mobilenet.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const weights = drawKeras();
const written = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(root, name), bytes);
  return join(root, name);
};

describe("a file of the structure of Keras's MobileNetV2", () => {
  test('has the taps of its own weights in float64, batch norm unfolded', async () => {
    const file = await written('model.h5', await kerasFile(weights, 'model'));
    const { encoder, weights: folded } = await readEncoder(file);
    expect(encoder).toBe(mobileNetV2);
    expect(describeEncoder(file)).toBe(mobileNetV2);
    const stream = new RandomStream('pixels');
    const image = {
      shape: [1, 3, 64, 32],
      data: Float32Array.from({ length: 3 * 64 * 32 }, () => 2 * stream.uniform() - 1),
    };
    const { outputs } = encoderGraph(encoder, folded, { batch: 1, height: 64, width: 32 });
    const found = await runGraph(outputs, { image });
    const expected = kerasTaps(weights, { ...image, data: Float64Array.from(image.data) });
    for (const { name, channels, stride } of encoder.taps) {
      expect(found[name].shape).toEqual([1, channels, 64 / stride, 32 / stride]);
      const largest = largestDifference(expected[name].data, new Float32Array(expected[name].data.length));
      expect(largest, `${name} says something`).toBeGreaterThan(0.1);
      expect(largestDifference(found[name].data, expected[name].data) / largest, name).toBeLessThan(1e-4);
    }
  });

  test('whole, weights alone, or as a layer of another model: the same bits', async () => {
    const [model, ...others] = await Promise.all(
      (['model', 'weights', 'nested'] as const).map(async (layout) =>
        readEncoder(await written(`${layout}-again.h5`, await kerasFile(weights, layout))),
      ),
    );
    for (const other of others)
      for (const [name, { data }] of model.weights)
        expect(
          Buffer.compare(Buffer.from(other.weights.get(name)!.data.buffer), Buffer.from(data.buffer)),
          name,
        ).toBe(0);
  });
});

describe('refused', () => {
  const refused = async (name: string, bytes: Uint8Array) => refusal(readEncoder(await written(name, bytes)));
  const without = (layer: string, name?: string) =>
    weights.filter((w) => w.layer !== layer || (name !== undefined && w.name !== name));

  test('a tensor that is missing, or of another shape, by its name', async () => {
    const missing = await kerasFile(without('block_5_expand_BN', 'moving_variance'), 'weights');
    expect(await refused('missing.h5', missing)).toMatch(
      /missing\.h5: tensor block_5_expand_BN\/moving_variance: got none, expected \[192\]/,
    );
    const narrow = weights.map((w) =>
      w.layer === 'Conv1' ? { ...w, shape: [3, 3, 3, 16], data: w.data.slice(0, 432) } : w,
    );
    expect(await refused('narrow.h5', await kerasFile(narrow, 'model'))).toMatch(
      /tensor Conv1\/kernel: got \[3, 3, 3, 16\], expected \[3, 3, 3, 32\]/,
    );
  });

  test('a number that is not finite, also one that comes of folding a variance below 0', async () => {
    const changed = (name: string, value: number) =>
      weights.map((w) =>
        w.layer === 'bn_Conv1' && w.name === name ? { ...w, data: w.data.map(() => value) } : w,
      );
    expect(await refused('nan.h5', await kerasFile(changed('beta', Number.NaN), 'model'))).toMatch(
      /nan\.h5: tensor bn_Conv1\/beta: got NaN at \[0\]/,
    );
    expect(await refused('below.h5', await kerasFile(changed('moving_variance', -1), 'model'))).toMatch(
      /below\.h5: tensor stem\.weight: got NaN at \[0, 0, 0, 0\]/,
    );
  });

  test('another network, with what the file holds', async () => {
    const other = [{ ...weights[0], layer: 'dense' }];
    expect(await refused('other.h5', await kerasFile(other, 'weights'))).toMatch(
      /got an HDF5 file of Conv1_relu, dense, expected Keras's MobileNetV2/,
    );
  });

  test('a file that is cut, and whatever byte of its structure is another: nothing but a UserError', async () => {
    const bytes = await kerasFile(weights.slice(0, 5), 'weights');
    for (let length = 8; length < bytes.length; length += 1 + Math.floor(bytes.length / 60)) {
      expect(await refused('cut.h5', bytes.slice(0, length))).toMatch(/cut\.h5: /);
    }
    for (let at = 8; at < bytes.length; at += 1 + Math.floor(bytes.length / 120)) {
      const changed = bytes.slice();
      changed[at] ^= 0xff;
      expect(await refused('changed.h5', changed), `byte ${at}`).toMatch(/changed\.h5: /);
    }
  });
});
