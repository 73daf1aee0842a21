import { describe, expect, test } from 'vitest';
import { checkPretext, isRandom, type Pretext, weighsPixels } from '../../../src/data/pretexts/index.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';
import { refusal } from '../../support/expect-user-error.ts';

const size = { height: 32, width: 48 };
const area = size.height * size.width;
const image = noisePicture(size);
type Mask = Extract<Pretext, { kind: 'mask' }>;
const mask: Mask = { kind: 'mask', patch: 8, ratio: 0.6, fill: 'zero', loss: 'masked' };

/** For each patch, row by row, how many of its pixels were replaced, in any channel. */
function replaced(input: Float32Array, patch: number): number[] {
  const columns = size.width / patch;
  const counts = Array<number>((size.height / patch) * columns).fill(0);
  for (let i = 0; i < area; i++) {
    const at =
      Math.floor(Math.floor(i / size.width) / patch) * columns + Math.floor((i % size.width) / patch);
    if ([0, 1, 2].some((c) => input[c * area + i] !== image[c * area + i])) counts[at]++;
  }
  return counts;
}

describe.each(['mean', 'noise', 'zero'] as const)('filled with %s', (fill) => {
  test.each([
    [8, 0.6, 14],
    [16, 0.5, 3],
    [4, 0.25, 24],
    [16, 0.01, 1],
  ])('patches of %i px, ratio %f: %i whole patches are replaced, the rest is as it was', (patch, ratio, count) => {
    for (const draw of [0, 1, 2]) {
      const { input, target, weight } = exampleOf(image, size, { ...mask, patch, ratio, fill }, draw);
      const counts = replaced(input, patch);
      expect(counts.filter((pixels) => pixels > 0)).toEqual(Array(count).fill(patch * patch));
      expect(target).toEqual(image);
      const changed = Array.from({ length: area }, (_, i) => (input[i] === image[i] ? 0 : 1));
      expect([...weight!]).toEqual(changed);
    }
  });
});

test('what patches are filled with', () => {
  const hidden = (fill: Mask['fill'], channel: number) => {
    const { input, weight } = exampleOf(image, size, { ...mask, fill });
    return [...input.subarray(channel * area, (channel + 1) * area)].filter((_, i) => weight![i] === 1);
  };
  for (const c of [0, 1, 2]) {
    const plane = image.subarray(c * area, (c + 1) * area);
    const mean = plane.reduce((sum, value) => sum + value, 0) / area;
    for (const value of hidden('mean', c)) expect(value).toBeCloseTo(mean, 6);
    expect(new Set(hidden('zero', c))).toEqual(new Set([0]));
    const noise = hidden('noise', c);
    expect(new Set(noise).size).toBe(noise.length);
    expect(Math.max(...noise.map(Math.abs))).toBeLessThanOrEqual(1);
    // Of a uniform distribution: mean 0, variance 1/3; bounds of five standard errors.
    expect(Math.abs(noise.reduce((sum, x) => sum + x, 0) / noise.length)).toBeLessThan(0.1);
    expect(noise.reduce((sum, x) => sum + x * x, 0) / noise.length).toBeCloseTo(1 / 3, 1);
  }
  expect(hidden('noise', 0)).not.toEqual(hidden('noise', 1));
});

test('where patches lie is drawn, evenly', () => {
  const times = Array<number>(24).fill(0);
  for (let draw = 0; draw < 400; draw++) {
    for (const [i, count] of replaced(exampleOf(image, size, mask, draw).input, 8).entries())
      times[i] += count > 0 ? 1 : 0;
  }
  // Each is hidden in 14 of 24 draws; five standard deviations of 400.
  for (const count of times) expect(Math.abs(count - (400 * 14) / 24)).toBeLessThan(50);
  expect(exampleOf(image, size, mask, 1)).toEqual(exampleOf(image, size, mask, 1));
  expect(isRandom(mask)).toBe(true);
});

test('with a loss of all pixels none is weighed, and the input is the same', () => {
  const all: Mask = { ...mask, loss: 'all' };
  expect([weighsPixels(mask), weighsPixels(all)]).toEqual([true, false]);
  expect(exampleOf(image, size, all)).not.toHaveProperty('weight');
  expect(exampleOf(image, size, all).input).toEqual(exampleOf(image, size, mask).input);
});

test('patches have to fill the image, and be two at least', async () => {
  checkPretext({ ...mask, patch: 32 }, { height: 32, width: 64 });
  for (const patch of [24, 64]) {
    const wrong = refusal(() => checkPretext({ ...mask, patch }, { height: 64, width: 64 }));
    expect(await wrong).toMatch(
      /^maskPatch: got \d+ for images of 64x64, expected a divisor.*take 8, 16 or 32/,
    );
  }
});
