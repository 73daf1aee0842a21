import { describe, expect, test } from 'vitest';
import { blindSpotGap, replacedInput } from '../../src/audit/measures/blind-spot.ts';
import { RandomStream } from '../../src/core/random.ts';
import { clippedMse } from '../../src/eval/reconstruction.ts';

const size = { height: 96, width: 64 };
const { height, width } = size;
const area = height * width;

/** Smooth waves with white noise on them. */
const stream = new RandomStream('picture');
const image = Float32Array.from({ length: 3 * area }, (_, i) => {
  const [y, x] = [Math.floor(i / width) % height, i % width];
  return 0.6 * Math.sin(y / 9) * Math.cos(x / 7) + 0.1 * stream.normal();
});
const { input, replaced } = replacedInput(image, size, new RandomStream(3));

describe('replaced pixels', () => {
  const places = Array.from(replaced.keys()).filter((i) => replaced[i] === 1);

  test('are 2 % of all, and only they differ', () => {
    expect(places).toHaveLength(Math.round(0.02 * area));
    expect(input.every((value, i) => value === image[i] || replaced[i % area] === 1)).toBe(true);
    expect(places.every((i) => input[i] !== image[i])).toBe(true);
  });

  test('have the colour of one pixel near them', () => {
    for (const i of places) {
      const sources = Array.from({ length: area }, (_, k) => k).filter((k) =>
        [0, 1, 2].every((c) => image[c * area + k] === input[c * area + i]),
      );
      expect(sources).toHaveLength(1);
      const down = Math.abs(Math.floor(sources[0] / width) - Math.floor(i / width));
      const across = Math.abs((sources[0] % width) - (i % width));
      expect(Math.max(down, across)).toBeLessThanOrEqual(5);
    }
  });

  test('are not adjacent, and follow from the stream', () => {
    for (const a of places) {
      for (const b of places) {
        const apart = [Math.floor(a / width) - Math.floor(b / width), (a % width) - (b % width)];
        expect(a === b || Math.max(...apart.map(Math.abs)) > 1).toBe(true);
      }
    }
    expect(replacedInput(image, size, new RandomStream(3))).toEqual({ input, replaced });
    expect(replacedInput(image, size, new RandomStream(4)).replaced).not.toEqual(replaced);
  });
});

describe('the gap', () => {
  test('of a network that copies is the mean square of what replacing changed', () => {
    const { gap, keptMse, replacedMse } = blindSpotGap(input, image, replaced);
    expect(keptMse).toBe(0);
    expect(gap).toBe(replacedMse);
    expect(gap / (clippedMse(input, image) * (area / Math.round(0.02 * area)))).toBeCloseTo(1, 10);
    expect(gap).toBeGreaterThan(0.005);
  });

  test('of one that never looks at the pixel is about nothing', () => {
    const { gap, keptMse } = blindSpotGap(medianOfNeighbours(input), image, replaced);
    expect(keptMse).toBeGreaterThan(0.002);
    expect(Math.abs(gap)).toBeLessThan(0.15 * keptMse);
  });
});

/** The median of the eight pixels around each, without itself. */
function medianOfNeighbours(values: Float32Array): Float32Array {
  return values.map((_, i) => {
    const [y, x] = [Math.floor(i / width) % height, i % width];
    const near: number[] = [];
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
        if (inside && (dy !== 0 || dx !== 0)) near.push(values[i + dy * width + dx]);
      }
    }
    near.sort((a, b) => a - b);
    const middle = near.length >> 1;
    return near.length % 2 === 1 ? near[middle] : (near[middle - 1] + near[middle]) / 2;
  });
}
