import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RADII, receptiveField, receptiveFieldGraph } from '../../src/audit/measures/receptive-field.ts';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { IMAGE_HEAD } from '../../src/nn/head.ts';
import { initialise } from '../../src/nn/init.ts';
import { type Architecture, DECODER_NAMES, parametersOf } from '../../src/nn/model.ts';
import { evaluationGraph } from '../../src/nn/step-graph.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { tensorOf } from '../support/run-many.ts';

const size = { height: 32, width: 64 };
const area = 32 * 64;

/** A gradient [3, H, W] with some values at (channel, rows below, columns right of the centre). */
function planted(...values: readonly (readonly [number, number, number, number])[]): Float32Array {
  const gradient = new Float32Array(3 * area);
  for (const [c, y, x, value] of values) gradient[c * area + (16 + y) * 64 + 32 + x] = value;
  return gradient;
}

describe('the receptive field', () => {
  test('of one pixel', () => {
    expect(receptiveField(planted([1, 0, 0, -3]), size)).toEqual({
      within: RADII.map(() => 1),
      halfRadius: 0,
    });
  });

  test('by hand: signs do not cancel, channels add up', () => {
    const { within, halfRadius } = receptiveField(
      planted([0, 0, 0, 1], [1, 0, 0, -1], [0, 3, -4, 2], [2, -1, -1, -1], [2, 0, 20, 3]),
      size,
    );
    expect(within).toEqual([2 / 8, 3 / 8, 3 / 8, 5 / 8, 5 / 8, 1]);
    expect(halfRadius).toBe(5);
  });

  test('of an even disc: the radius of half its area', () => {
    const gradient = new Float32Array(3 * area).map((_, i) =>
      Math.hypot((Math.floor(i / 64) % 32) - 16, (i % 64) - 32) <= 12 ? 1 : 0,
    );
    const { within, halfRadius } = receptiveField(gradient, size);
    expect(within[3]).toBeCloseTo((8 / 12) ** 2, 1);
    expect(within[4]).toBe(1);
    expect(halfRadius).toBeCloseTo(12 / Math.SQRT2, 0);
  });
});

describe.each(DECODER_NAMES)('the gradient of %s by its input', (decoder) => {
  const decoderChannels = decoder === 'unet' ? [8, 8, 8, 8, 8] : [8, 8, 8, 8];
  const architecture: Architecture = { encoder: mobileNetV2, decoder, decoderChannels, head: IMAGE_HEAD };
  const weights = new Map(parametersOf(architecture).map((spec) => [spec.name, initialise(spec, 1)]));
  const options = { batch: 2, ...size, weights };
  const stream = new RandomStream('images');
  const images = Array.from({ length: 6 * area }, () => 2 * stream.uniform() - 1);
  const feeds = (values: readonly number[]) => ({ image: tensorOf([2, 3, size.height, size.width], values) });

  let engine: Engine;
  beforeAll(() => {
    engine = new Engine({ threads: 1 });
  });
  afterAll(() => engine.close());

  test('agrees with central differences, image by image', async () => {
    const encoder = randomEncoder();
    const field = await engine.load(receptiveFieldGraph(architecture, encoder, options));
    const gradient = [...(await field.run(feeds(images))).gradient.data];
    const network = await engine.load(evaluationGraph(architecture, encoder, options));
    /** Of each image the centre pixel, its channels summed. */
    const centres = async (values: readonly number[]) => {
      const { data } = (await network.run(feeds(values))).output;
      const place = 16 * 64 + 32;
      return [0, 1].map((n) => [0, 1, 2].reduce((sum, c) => sum + data[(3 * n + c) * area + place], 0));
    };
    /** Slopes along a direction, by differences and by the gradient. */
    const slopes = async (direction: readonly number[]) => {
      const step = 1e-4;
      const [more, less] = [
        await centres(images.map((x, i) => x + step * direction[i])),
        await centres(images.map((x, i) => x - step * direction[i])),
      ];
      return [0, 1].map((n) => ({
        found: gradient
          .slice(3 * n * area, 3 * (n + 1) * area)
          .reduce((sum, g, i) => sum + g * direction[3 * n * area + i], 0),
        expected: (more[n] - less[n]) / (2 * step),
      }));
    };
    const drawn = new RandomStream('directions');
    const uphill = await slopes(gradient.map((g) => drawn.uniform() * Math.sign(g)));
    const anywhere = await slopes(gradient.map(() => 2 * drawn.uniform() - 1));
    for (const n of [0, 1]) {
      expect(uphill[n].found).toBeGreaterThan(0.1);
      // The bends of 50 layers that lie within a step.
      const bound = 0.01 * uphill[n].found;
      for (const { found, expected } of [uphill[n], anywhere[n]])
        expect(Math.abs(found - expected)).toBeLessThan(bound);
    }
  });
});
