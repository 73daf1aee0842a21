import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import { assembleBatch, type BatchRequest } from '../../src/data/loading/batch.ts';
import type { Pixels } from '../../src/data/loading/pixels.ts';
import type { Pretext } from '../../src/data/pretexts/index.ts';
import { largestDifference } from '../support/shared.ts';

const size = { height: 32, width: 32 };
const COUNT = 6;
const stems = Array.from({ length: COUNT }, (_, i) => `image-${i}`);
const pixels: Pixels[] = stems.map((stem) => {
  const stream = new RandomStream('pixels', stem);
  return {
    image: Uint8Array.from({ length: 32 * 32 * 3 }, () => stream.integer(256)),
    mask: Uint8Array.from({ length: 32 * 32 }, () => stream.integer(2)),
  };
});
const asked: BatchRequest = {
  ...{ indices: [...stems.keys()], seed: 4, epoch: 2 },
  augmentation: { ...flipsAlone, brightness: 0.2, hue: 0.02 },
};
const assemble = (changes: Partial<BatchRequest>) =>
  assembleBatch({ ...asked, ...changes }, stems, pixels, size);
const clean = assemble({});

const tasks: Pretext[] = [
  { kind: 'identity' },
  { kind: 'denoise', sigma: 0.3 },
  { kind: 'denoise', sigma: 0.3, correlation: 4, target: 'noise' },
  { kind: 'mask', patch: 8, ratio: 0.5, fill: 'noise', loss: 'masked' },
  { kind: 'restore' },
  { kind: 'superres', factor: 4 },
  { kind: 'colorize' },
];
const mixture: Pretext = {
  kind: 'mixture',
  parts: [
    { share: 1, task: { kind: 'identity' } },
    { share: 1, task: { kind: 'denoise', sigma: 0.3 } },
  ],
};

describe.each([...tasks, mixture].map((task) => [JSON.stringify(task), task] as const))('%s', (_, task) => {
  const pretraining = assemble({ pretext: task });
  const degraded = assemble({ degradation: task });

  test('inputs are those of the pretext task, with the same draws', () => {
    expect(largestDifference(degraded.input, pretraining.input)).toBe(0);
    const changed = largestDifference(degraded.input, clean.input) > 0;
    expect(changed).toBe(task.kind !== 'identity');
    const later = assemble({ degradation: task, epoch: 3 });
    expect(largestDifference(later.input, assemble({ pretext: task, epoch: 3 }).input)).toBe(0);
  });

  test('masks are those without it, and nothing else is asked for', () => {
    expect(degraded.mask).toEqual(clean.mask);
    expect(Object.keys(degraded).sort()).toEqual(['input', 'mask']);
  });
});

test('of a mixture with the identity some images stay as they are, others not', () => {
  const area = 3 * 32 * 32;
  const each = (values: Float32Array, i: number) => values.subarray(i * area, (i + 1) * area);
  const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((epoch) => {
    const [degraded, plain] = [assemble({ degradation: mixture, epoch }), assemble({ epoch })];
    return stems.filter((_, i) => largestDifference(each(degraded.input, i), each(plain.input, i)) === 0)
      .length;
  });
  const whole = counts.reduce((sum, count) => sum + count, 0);
  // Of 60 fair draws, four standard deviations to either side.
  expect(Math.abs(whole - 30)).toBeLessThan(4 * Math.sqrt(15));
});
