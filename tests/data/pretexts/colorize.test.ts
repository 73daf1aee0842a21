import { expect, test } from 'vitest';
import { isRandom } from '../../../src/data/pretexts/index.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';

const size = { height: 4, width: 6 };
const area = 24;
const pretext = { kind: 'colorize' } as const;

test('the input is the luma, three times, and the colours are asked for', () => {
  const image = noisePicture(size);
  // White, and pure green.
  for (const c of [0, 1, 2]) {
    image[c * area] = 1;
    image[c * area + 1] = c === 1 ? 1 : -1;
  }
  const { input, target } = exampleOf(image, size, pretext);
  expect(target).toEqual(image);
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => image[c * area + i]);
    expect(input[i]).toBeCloseTo(0.299 * r + 0.587 * g + 0.114 * b, 6);
  }
  expect(input[0]).toBeCloseTo(1, 6);
  expect(input[1]).toBeCloseTo(2 * 0.587 - 1, 6);
  expect(input.subarray(area, 2 * area)).toEqual(input.subarray(0, area));
  expect(input.subarray(2 * area)).toEqual(input.subarray(0, area));
  expect(exampleOf(image, size, pretext, 1).input).toEqual(input);
  expect(isRandom(pretext)).toBe(false);
});
