import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import { assembleBatch } from '../../src/data/loading/batch.ts';
import {
  applySymmetry,
  drawSymmetry,
  type Flips,
  symmetries,
  symmetryCount,
} from '../../src/data/loading/symmetry.ts';

const square = { height: 2, width: 2 };
const wide = { height: 2, width: 3 };

test('the eight symmetries of the square are eight, and the first changes nothing', () => {
  const turned = symmetries.map((symmetry) => [
    ...applySymmetry(Float32Array.of(1, 2, 3, 4), 1, square, symmetry),
  ]);
  expect(turned[0]).toEqual([1, 2, 3, 4]);
  expect(new Set(turned.map(String)).size).toBe(8);
});

test('each symmetry turns back within four applications', () => {
  const image = Float32Array.from({ length: 2 * 9 }, (_, i) => i);
  for (const symmetry of symmetries) {
    let turned: Float32Array = image;
    for (let i = 0; i < 4; i++) turned = applySymmetry(turned, 2, { height: 3, width: 3 }, symmetry);
    expect(turned).toEqual(image);
  }
});

test('an oblong image is only mirrored', () => {
  const image = Float32Array.of(1, 2, 3, 4, 5, 6);
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    seen.add(String(applySymmetry(image, 1, wide, drawSymmetry(new RandomStream(i), wide))));
  }
  expect([...seen].sort()).toEqual(['1,2,3,4,5,6', '3,2,1,6,5,4', '4,5,6,1,2,3', '6,5,4,3,2,1']);
  expect(() => applySymmetry(image, 1, wide, symmetries[4])).toThrow(RangeError);
});

test.each([
  ['none', square, 1],
  ['horizontal', square, 2],
  ['both', square, 4],
  ['all', square, 8],
  ['none', wide, 1],
  ['horizontal', wide, 2],
  ['all', wide, 4],
] as const)('flips %s', (flips: Flips, size, count) => {
  const drawn = Array.from({ length: 200 }, (_, i) => drawSymmetry(new RandomStream(i), size, flips));
  expect(symmetryCount(size, flips)).toBe(count);
  expect(new Set(drawn)).toEqual(new Set(symmetries.slice(0, count)));
  if (flips === 'horizontal')
    for (const { transpose, mirrorY } of drawn) expect(transpose || mirrorY).toBe(false);
});

test('draws are uniform over the eight', () => {
  const stream = new RandomStream(1, 'uniform');
  const counts = new Map(symmetries.map((symmetry) => [symmetry, 0]));
  for (let i = 0; i < 8000; i++) {
    const drawn = drawSymmetry(stream, square);
    counts.set(drawn, counts.get(drawn)! + 1);
  }
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test('the mask moves with the image', () => {
  const size = { height: 4, width: 4 };
  const mask = Uint8Array.from({ length: 16 }, (_, i) => ((i * 7) % 3) & 1);
  const image = Uint8Array.from({ length: 48 }, (_, i) => 255 * mask[Math.floor(i / 3)]);
  const stems = Array.from({ length: 16 }, (_, i) => `s${i}`);
  const pixels = stems.map(() => ({ image, mask }));
  const batch = assembleBatch(
    { indices: [], seed: 3, epoch: 1, augmentation: flipsAlone },
    stems,
    pixels,
    size,
  );
  const distinct = new Set<string>();
  for (let b = 0; b < 16; b++) {
    const moved = batch.mask!.slice(b * 16, b * 16 + 16);
    distinct.add(String(moved));
    for (let c = 0; c < 3; c++) {
      const start = (b * 3 + c) * 16;
      expect(batch.input.slice(start, start + 16)).toEqual(moved.map((value) => 2 * value - 1));
    }
  }
  expect(distinct.size).toBeGreaterThan(3);
});

test('without augmentation pixels stay where they are, in [-1, 1], channels outermost', () => {
  const pixels = [{ image: Uint8Array.of(0, 51, 102, 153, 204, 255) }];
  const size = { height: 1, width: 2 };
  const batch = assembleBatch({ indices: [], seed: 0, epoch: 0 }, ['a'], pixels, size);
  expect(batch.input).toEqual(Float32Array.from([0, 153, 51, 204, 102, 255], (value) => value / 127.5 - 1));
  expect(batch).not.toHaveProperty('mask');
  expect(batch).not.toHaveProperty('image');
});
