import { expect, test } from 'vitest';
import { greyOf, nearestThumbnail, otsuThreshold, thumbnailOf } from '../../src/eval/baselines.ts';

/** By trying all thresholds with the formula as it stands in the paper: weights times squared distance of means. */
function otsuByForce(values: readonly number[]): number {
  const meanOf = (some: readonly number[]) => some.reduce((sum, value) => sum + value, 0) / some.length;
  let [best, threshold] = [-1, 0];
  for (let t = 0; t < 255; t++) {
    const [low, high] = [values.filter((value) => value <= t), values.filter((value) => value > t)];
    if (low.length === 0 || high.length === 0) continue;
    const between = low.length * high.length * (meanOf(low) - meanOf(high)) ** 2;
    if (between > best * (1 + 1e-12)) [best, threshold] = [between, t];
  }
  return threshold;
}

test("Otsu's threshold is the one of a search by force", () => {
  const sets = [
    [10, 10, 12, 200, 210],
    [0, 0, 0, 1],
    [5, 100, 101, 102, 103, 250, 251],
    Array.from({ length: 200 }, (_, i) => (i * 37) % 256),
  ];
  for (const values of sets) expect(otsuThreshold(Uint8Array.from(values))).toBe(otsuByForce(values));
  expect(otsuThreshold(Uint8Array.of(7, 7, 7))).toBe(0);
});

test('brightness is that of white, black and of pure colours', () => {
  // Pixels: white, black, red, blue.
  const image = Float32Array.of(1, -1, 1, -1, 1, -1, -1, -1, 1, -1, -1, 1);
  expect([...greyOf(image)]).toEqual([255, 0, 76, 29]);
});

test('a thumbnail has the means of its fields, of images smaller than it, too', () => {
  const size = { height: 32, width: 48 };
  const image = Float32Array.from({ length: 3 * 32 * 48 }, (_, i) => Math.floor((i % 48) / 3) / 16);
  const small = thumbnailOf(image, size);
  expect(small).toHaveLength(3 * 256);
  for (let x = 0; x < 16; x++) expect(small[x]).toBeCloseTo(x / 16, 6);
  expect(thumbnailOf(new Float32Array(3).fill(0.5), { height: 1, width: 1 })[0]).toBe(0.5);
});

test('the nearest thumbnail, of equal ones the first', () => {
  const others = [Float32Array.of(0, 0), Float32Array.of(1, 1), Float32Array.of(1, 1)];
  expect(nearestThumbnail(Float32Array.of(0.9, 0.8), others)).toBe(1);
});
