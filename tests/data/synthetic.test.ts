import { describe, expect, test } from 'vitest';
import { resizeBilinear } from '../../src/data/decode/resize.ts';
import { drawSyntheticSample, renderScene } from '../../src/synthetic/sample.ts';
import { drawScene } from '../../src/synthetic/scene.ts';

const draw = (seed: number, index: number, side: number) =>
  drawSyntheticSample({ seed, index, height: side, width: side });
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const areaOf = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0);

/** Dice of two masks of 0 and 1; two empty ones agree. */
function dice(a: Uint8Array, b: Uint8Array): number {
  const total = areaOf(a) + areaOf(b);
  return total === 0 ? 1 : (2 * a.reduce((sum, value, i) => sum + value * b[i], 0)) / total;
}

test('equal seed, index and size give equal pictures; others give others', () => {
  const sample = draw(1, 2, 48);
  expect(draw(1, 2, 48)).toEqual(sample);
  expect(draw(1, 3, 48).image).not.toEqual(sample.image);
  expect(draw(2, 2, 48).image).not.toEqual(sample.image);
});

test.each([
  [32, 32],
  [32, 75],
  [90, 41],
])('draws %i x %i pixels', (height, width) => {
  const { image, mask } = drawSyntheticSample({ seed: 1, index: 1, height, width });
  expect([image.length, mask.length]).toEqual([height * width * 3, height * width]);
  expect(new Set(mask)).toEqual(new Set([0, 1]));
  expect(mean([...image])).toBeGreaterThan(40);
});

test.each(numbers(6))('image %i is the same picture at another size', (index) => {
  const small = draw(3, index, 64);
  const large = draw(3, index, 256);
  const shrunk = (data: Uint8Array, channels: number) =>
    resizeBilinear({ data, channels, width: 256, height: 256 }, { height: 64, width: 64 }).data;
  const image = shrunk(large.image, 3);
  const differences = Array.from(image, (value, i) => Math.abs(value - small.image[i]));
  expect(mean(differences)).toBeLessThan(6);
  const mask = shrunk(
    large.mask.map((value) => 255 * value),
    1,
  ).map((value) => (value > 127 ? 1 : 0));
  expect(dice(mask, small.mask)).toBeGreaterThan(0.9);
});

test('lesions are of all sizes, and nearly every image has one', () => {
  const areas = numbers(120)
    .map((index) => areaOf(draw(9, index, 48).mask) / 48 ** 2)
    .sort((a, b) => a - b);
  const found = areas.filter((area) => area > 0);
  expect(found.length).toBeGreaterThan(0.9 * areas.length);
  expect(found.length).toBeLessThan(areas.length);
  expect(found[0]).toBeGreaterThan(0.003);
  expect(found[0]).toBeLessThan(0.015);
  expect(found[found.length >> 1]).toBeGreaterThan(0.03);
  expect(found[found.length >> 1]).toBeLessThan(0.12);
  expect(found.at(-1)).toBeGreaterThan(0.2);
  expect(found.at(-1)).toBeLessThan(0.5);
});

test('masks are where lesions are: without them the picture differs there, and far away it does not', () => {
  const side = 96;
  const near = Math.round(0.12 * side);
  const size = { height: side, width: side };
  for (const index of numbers(12)) {
    const scene = drawScene(4, index, 1);
    const { image, mask } = renderScene(scene, size);
    const without = renderScene({ ...scene, lesions: [] }, size);
    expect(areaOf(without.mask)).toBe(0);
    const surroundings = dilated(mask, side, near);
    const [inside, outside]: [number[], number[]] = [[], []];
    for (let i = 0; i < mask.length; i++) {
      const difference = Math.abs(image[3 * i + 1] - without.image[3 * i + 1]);
      if (mask[i]) inside.push(difference);
      else if (!surroundings[i]) outside.push(difference);
    }
    expect(outside.filter((difference) => difference > 8).length / outside.length).toBeLessThan(0.01);
    if (inside.length > 0) expect(mean(inside), `image ${index}`).toBeGreaterThan(5);
  }
});

describe('no threshold finds the lesions', () => {
  const samples = numbers(40).map((index) => draw(0, index, 64));
  test.each<[string, (r: number, g: number, b: number) => number]>([
    ['brightness', (r, g, b) => 0.299 * r + 0.587 * g + 0.114 * b],
    ['redness', (r, g) => (255 * (r - g)) / (r + 1)],
  ])('of %s', (_, feature) => {
    const planes = samples.map(({ image, mask }) =>
      Float32Array.from(mask, (_, i) => {
        const [r, g, b] = image.subarray(3 * i, 3 * i + 3);
        // Black is outside of what the endoscope shows.
        return r + g + b < 12 ? Number.NaN : feature(r, g, b);
      }),
    );
    for (let threshold = 4; threshold < 256; threshold += 12) {
      for (const sign of [-1, 1]) {
        const scores = planes.map((plane, k) =>
          dice(
            Uint8Array.from(plane, (value) => (sign * value > sign * threshold ? 1 : 0)),
            samples[k].mask,
          ),
        );
        expect(mean(scores), `${sign > 0 ? 'above' : 'below'} ${threshold}`).toBeLessThan(0.45);
      }
    }
  });
});

/** 1 where a square of `reach` around a pixel meets the mask. */
function dilated(mask: Uint8Array, side: number, reach: number): Uint8Array {
  const result = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const [x, y] = [i % side, Math.floor(i / side)];
    for (let v = Math.max(0, y - reach); v < Math.min(side, y + reach + 1); v++) {
      result.fill(1, v * side + Math.max(0, x - reach), v * side + Math.min(side, x + reach + 1));
    }
  }
  return result;
}
