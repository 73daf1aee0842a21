import { describe, expect, test } from 'vitest';
import { drawMixes, withMixes } from '../../src/data/loading/cutmix.ts';

const size = { height: 12, width: 20 };
const stems = Array.from({ length: 400 }, (_, i) => `image-${i}`);

describe('which rectangles are drawn', () => {
  test('as many as the probability says, within the image and within the limits of area and shape', () => {
    const mixes = drawMixes({ seed: 3, epoch: 2 }, stems, { height: 64, width: 96 }, 0.5);
    const drawn = mixes.filter((mix) => mix !== undefined);
    expect(drawn.length).toBeGreaterThan(160);
    expect(drawn.length).toBeLessThan(240);
    for (const { top, left, height, width } of drawn) {
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(64);
      expect(left + width).toBeLessThanOrEqual(96);
      expect(height * width).toBeGreaterThan(0.015 * 64 * 96);
      expect(height * width).toBeLessThan(0.42 * 64 * 96);
    }
    // Up to every border.
    expect(Math.min(...drawn.map(({ top }) => top))).toBe(0);
    expect(Math.min(...drawn.map(({ left }) => left))).toBe(0);
    expect(Math.max(...drawn.map(({ top, height }) => top + height))).toBe(64);
    expect(Math.max(...drawn.map(({ left, width }) => left + width))).toBe(96);
  });

  test('none without a chance, or where there is no other image; always another one', () => {
    expect(drawMixes({ seed: 3, epoch: 2 }, stems, size, 0).every((mix) => mix === undefined)).toBe(true);
    expect(drawMixes({ seed: 3, epoch: 2 }, ['a'], size, 1)).toEqual([undefined]);
    const all = drawMixes({ seed: 3, epoch: 2 }, stems, size, 1);
    expect(all.every((mix, i) => mix !== undefined && mix.partner !== i)).toBe(true);
  });

  test('by seed, epoch and stem: others of the batch change the partner alone', () => {
    const boxOf = ({ partner, ...box } = { partner: 0, top: 0, left: 0, height: 0, width: 0 }) => box;
    const [, second] = drawMixes({ seed: 3, epoch: 2 }, ['a', 'b', 'c'], size, 1);
    expect(boxOf(drawMixes({ seed: 3, epoch: 2 }, ['x', 'y', 'b'], size, 1)[2])).toEqual(boxOf(second));
    expect(boxOf(drawMixes({ seed: 3, epoch: 3 }, ['a', 'b', 'c'], size, 1)[1])).not.toEqual(boxOf(second));
    expect(boxOf(drawMixes({ seed: 4, epoch: 2 }, ['a', 'b', 'c'], size, 1)[1])).not.toEqual(boxOf(second));
  });
});

test('a rectangle is taken out of the batch as it was, the same place in every channel', () => {
  const small = { height: 3, width: 4 };
  const batch = Float32Array.from({ length: 2 * 2 * 12 }, (_, i) => i);
  const box = { top: 1, left: 1, height: 2, width: 3 };
  const mixes = [
    { partner: 1, ...box },
    { partner: 0, ...box },
  ];
  const mixed = withMixes(batch, 2, small, mixes);
  for (let image = 0; image < 2; image++)
    for (let channel = 0; channel < 2; channel++)
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 4; x++) {
          const from = y >= 1 && x >= 1 ? 1 - image : image;
          const at = (n: number) => n * 24 + channel * 12 + y * 4 + x;
          expect(mixed[at(image)]).toBe(batch[at(from)]);
        }
  expect(withMixes(batch, 2, small, [undefined, undefined])).toEqual(batch);
});
