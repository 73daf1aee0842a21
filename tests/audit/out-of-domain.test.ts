import { expect, test } from 'vitest';
import { OUT_OF_DOMAIN, outOfDomain } from '../../src/audit/measures/out-of-domain.ts';
import { RandomStream } from '../../src/core/random.ts';

const size = { height: 32, width: 64 };
const area = 32 * 64;
const stream = new RandomStream('image');
const image = Float32Array.from({ length: 3 * area }, () => 2 * stream.uniform() - 1);
const options = { image, index: 0, size, seed: 1 };

const colourAt = (planes: Float32Array, i: number) => [0, 1, 2].map((c) => planes[c * area + i]);
const coloursOf = (planes: Float32Array) =>
  Array.from({ length: area }, (_, i) => colourAt(planes, i).join()).sort();

test.each(OUT_OF_DOMAIN)('%s is in range, repeatable, and leaves the image as it is', (set) => {
  const before = image.slice();
  const made = outOfDomain(set, options);
  expect(made).toHaveLength(image.length);
  expect(made.every((value) => Math.abs(value) <= 1)).toBe(true);
  expect(outOfDomain(set, options)).toEqual(made);
  expect(image).toEqual(before);
});

test.each(['noise', 'shuffled', 'chart'] as const)('%s depends on index and seed', (set) => {
  const made = outOfDomain(set, options);
  expect(outOfDomain(set, { ...options, index: 1 })).not.toEqual(made);
  expect(outOfDomain(set, { ...options, seed: 2 })).not.toEqual(made);
});

test.each(['noise', 'chart'] as const)('%s does not depend on the image', (set) => {
  expect(outOfDomain(set, { ...options, image: new Float32Array(image.length) })).toEqual(
    outOfDomain(set, options),
  );
});

test('noise is uniform, its neighbours unrelated', () => {
  const noise = outOfDomain('noise', options);
  const mean = (of: (value: number, i: number) => number) =>
    noise.reduce((sum, value, i) => sum + of(value, i), 0) / noise.length;
  expect(mean((x) => x)).toBeCloseTo(0, 1);
  expect(mean((x) => x * x)).toBeCloseTo(1 / 3, 1);
  expect(mean((x) => (x < -0.5 ? 1 : 0))).toBeCloseTo(1 / 4, 1);
  expect(mean((x, i) => x * (noise[i + 1] ?? 0))).toBeCloseTo(0, 1);
});

test('shuffled holds the same pixels, each with its colour, elsewhere', () => {
  const shuffled = outOfDomain('shuffled', options);
  expect(coloursOf(shuffled)).toEqual(coloursOf(image));
  expect(shuffled.filter((value, i) => value === image[i]).length).toBeLessThan(0.01 * image.length);
});

test('inverted twice is the image', () => {
  const inverted = outOfDomain('inverted', options);
  expect(inverted[5]).toBe(-image[5]);
  expect(outOfDomain('inverted', { ...options, image: inverted })).toEqual(image);
});

test('a chart is of saturated colours, at most two a patch', () => {
  const chart = outOfDomain('chart', options);
  for (let i = 0; i < area; i++) {
    const colour = colourAt(chart, i);
    expect([Math.max(...colour), Math.min(...colour)]).toEqual([1, -1]);
  }
  const side = 8;
  for (let top = 0; top < size.height; top += side) {
    for (let left = 0; left < size.width; left += side) {
      const colours = new Set(
        Array.from({ length: side * side }, (_, i) =>
          colourAt(chart, (top + Math.floor(i / side)) * size.width + left + (i % side)).join(),
        ),
      );
      expect(colours.size).toBeLessThanOrEqual(2);
    }
  }
  expect(new Set(coloursOf(chart)).size).toBeGreaterThanOrEqual(32);
});
