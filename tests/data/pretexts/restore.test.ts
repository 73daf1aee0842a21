import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { isRandom } from '../../../src/data/pretexts/index.ts';
import { drawCurve, shufflePixels } from '../../../src/data/pretexts/restore.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';

const pretext = { kind: 'restore' } as const;
const size = { height: 32, width: 64 };
const area = size.height * size.width;

/** The colours of an image's pixels, as text, in some order or other. */
const pixelsOf = (image: Float32Array) =>
  Array.from({ length: image.length / 3 }, (_, i) =>
    [0, 1, 2].map((c) => image[(c * image.length) / 3 + i]).join(),
  );

test('shuffling moves most pixels, a little, with their colours, and loses none', () => {
  // Rows and columns are told by red and green.
  const image = noisePicture(size);
  for (let i = 0; i < area; i++) {
    image[i] = Math.floor(i / size.width);
    image[area + i] = i % size.width;
  }
  const shuffled = Float32Array.from(image);
  shufflePixels(shuffled, size, new RandomStream('shuffle'));
  expect(pixelsOf(shuffled).sort()).toEqual(pixelsOf(image).sort());
  const moved = Array.from({ length: area }, (_, i) =>
    Math.hypot(shuffled[i] - image[i], shuffled[area + i] - image[area + i]),
  );
  expect(moved.filter((distance) => distance > 0).length).toBeGreaterThan(area / 2);
  // Blocks are 3 x 6 pixels at most, and a pixel is in two of them on average.
  expect(moved.reduce((sum, distance) => sum + distance, 0) / area).toBeLessThan(6);
});

test('curves of intensities are monotone, in [0, 1], from end to end, half of them falling, all different', () => {
  const curves = Array.from({ length: 400 }, (_, i) => drawCurve(new RandomStream('curve', i)));
  let falling = 0;
  for (const curve of curves) {
    const rises = curve[0] < 0.5;
    falling += rises ? 0 : 1;
    expect(curve[0]).toBeCloseTo(rises ? 0 : 1, 5);
    expect(curve[curve.length - 1]).toBeCloseTo(rises ? 1 : 0, 5);
    const steps = Array.from(curve.subarray(1), (y, i) => (rises ? 1 : -1) * (y - curve[i]));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  }
  expect(Math.abs(falling - 200)).toBeLessThan(50);
  expect(new Set(curves.map((curve) => curve[128])).size).toBe(400);
});

/** What was done to a chequered image of two colours: each kind of change leaves a trace of its own. */
function changesOf(draw: number) {
  const image = new Float32Array(3 * area);
  for (let i = 0; i < image.length; i++) {
    const [x, y] = [i % size.width, Math.floor((i % area) / size.width)];
    image[i] = (x + y) % 2 ? 0.5 : -0.25;
  }
  const { input, target } = exampleOf(image, size, pretext, draw);
  // `toEqual` of a thousand images takes seconds.
  expect(target.every((value, i) => value === image[i])).toBe(true);
  const times = new Map<number, number>();
  for (const value of input) times.set(value, (times.get(value) ?? 0) + 1);
  const kept = [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([value]) => value);
  const noise = Array.from(input, (value) => value !== kept[0] && value !== kept[1]);
  const odd = new Set<number>();
  const even = new Set<number>();
  for (let i = 0; i < input.length; i++) {
    if (!noise[i]) (image[i] > 0 ? odd : even).add(input[i]);
  }
  expect(Math.max(...input)).toBeLessThanOrEqual(1);
  expect(Math.min(...input)).toBeGreaterThanOrEqual(-1);
  return {
    shuffled: odd.size > 1 || even.size > 1,
    bent: !kept.includes(0.5) || !kept.includes(-0.25),
    // Boxes keep a distance from the edge.
    outside: noise[0],
    inside: !noise[0] && noise.includes(true),
    noisy: noise.filter(Boolean).length / noise.length,
  };
}

const DRAWS = 1000;

test('each change comes as often as it is meant to', () => {
  const found = Array.from({ length: DRAWS }, (_, i) => changesOf(i));
  const share = (trace: 'shuffled' | 'bent' | 'outside' | 'inside') =>
    found.filter((changes) => changes[trace]).length / DRAWS;
  for (const [trace, expected] of [
    ['shuffled', 0.5],
    ['bent', 0.9],
    ['outside', 0.9 * 0.8],
    // Now and then there is not one box.
    ['inside', 0.9 * 0.2 * 0.95],
  ] as const) {
    const bound = 5 * Math.sqrt((expected * (1 - expected)) / DRAWS);
    expect(Math.abs(share(trace) - expected), trace).toBeLessThan(bound);
  }
  // Five boxes of a third of each side; one window of 3 of 7 each side is kept at least.
  for (const { inside, outside, noisy } of found) {
    if (inside) expect(noisy).toBeLessThan(5 / 9);
    if (outside) expect(noisy).toBeLessThan(1 - (13 * 27) / area);
  }
});

test('equal draws are equal, others not', () => {
  const image = noisePicture(size);
  expect(exampleOf(image, size, pretext, 3)).toEqual(exampleOf(image, size, pretext, 3));
  expect(exampleOf(image, size, pretext, 3).input).not.toEqual(exampleOf(image, size, pretext, 4).input);
  expect(isRandom(pretext)).toBe(true);
});
