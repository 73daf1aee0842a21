import { expect, test } from 'vitest';
import { isRandom, type Pretext, weighsPixels } from '../../../src/data/pretexts/index.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';

const size = { height: 16, width: 16 };
const image = noisePicture(size);
const mask = { kind: 'mask', patch: 8, ratio: 0.5, fill: 'zero', loss: 'masked' } as const;
const mixture: Pretext = {
  kind: 'mixture',
  parts: [
    { share: 2, task: { kind: 'identity' } },
    { share: 1, task: mask },
    { share: 0.5, task: { kind: 'colorize' } },
  ],
};

/** Which of the three tasks was drawn, by what it leaves. */
function drawnTask(draw: number) {
  const { input, target, weight } = exampleOf(image, size, mixture, draw);
  expect(target).toEqual(image);
  const weights = new Set(weight);
  if (weights.has(0)) {
    expect(weight!.filter((value) => value === 1)).toHaveLength(128);
    expect(input.filter((value) => value === 0)).toHaveLength(3 * 128);
    return 'mask';
  }
  expect(weights).toEqual(new Set([1]));
  return input.every((value, i) => value === image[i]) ? 'identity' : 'colorize';
}

test('each task is drawn as often as its share says, and does what it does', () => {
  const draws = Array.from({ length: 1400 }, (_, i) => drawnTask(i));
  for (const [name, share] of [
    ['identity', 4 / 7],
    ['mask', 2 / 7],
    ['colorize', 1 / 7],
  ] as const) {
    const count = draws.filter((drawn) => drawn === name).length;
    expect(Math.abs(count - 1400 * share), name).toBeLessThan(5 * Math.sqrt(1400 * share * (1 - share)));
  }
  expect(draws.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => drawnTask(i)));
});

test('a mixture is random, and weighs pixels if one of its tasks does', () => {
  const parts = [
    { share: 1, task: { kind: 'identity' } },
    { share: 1, task: { ...mask, loss: 'all' } },
  ] as const;
  expect([isRandom(mixture), weighsPixels(mixture)]).toEqual([true, true]);
  expect([isRandom({ kind: 'mixture', parts }), weighsPixels({ kind: 'mixture', parts })]).toEqual([
    true,
    false,
  ]);
});
