import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import type { Size } from '../../../src/core/size.ts';
import { asksForNoise, degradedImage, imageOf } from '../../../src/data/pretexts/index.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';

const rootMeanSquare = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);

const noiseSize = { height: 40, width: 125 };

test('noise has the standard deviation asked for, is repeated by an equal stream, and is not clipped', () => {
  const image = new Float32Array(5000).fill(1);
  const noisy = degradedImage(image, noiseSize, { kind: 'denoise', sigma: 0.5 }, new RandomStream(1));
  const noise = noisy.map((value) => value - 1);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(rootMeanSquare(noise)).toBeCloseTo(0.5, 1);
  expect(Math.max(...noisy)).toBeGreaterThan(1);
  expect(degradedImage(image, noiseSize, { kind: 'denoise', sigma: 0.5 }, new RandomStream(1))).toEqual(
    noisy,
  );
  expect(image.every((value) => value === 1)).toBe(true);
});

/** `count` images [3, H, W] of noise alone. */
function noises(correlation: number, { height, width }: Size, count = 1): Float32Array[] {
  const grey = new Float32Array(3 * height * width);
  const pretext = { kind: 'denoise', sigma: 0.3, correlation } as const;
  return Array.from({ length: count }, (_, i) =>
    degradedImage(grey, { height, width }, pretext, new RandomStream('noise', i)),
  );
}

test('a correlation length of 1 is white noise, draw by draw', () => {
  const [noise] = noises(1, { height: 5, width: 7 });
  const stream = new RandomStream('noise', 0);
  expect(noise).toEqual(Float32Array.from({ length: 105 }, () => 0.3 * stream.normal()));
});

test.each([
  [1.5, 32, 64],
  [2, 64, 32],
  [8, 64, 64],
  [5, 96, 33],
  [100, 64, 32],
])('coarse noise, %f px, at %i x %i has the standard deviation asked for', (correlation, height, width) => {
  // Cells count, not pixels.
  const count = Math.ceil(2000 / (1 + (height * width) / correlation ** 2));
  const values = noises(correlation, { height, width }, count).map(rootMeanSquare);
  expect(rootMeanSquare(values) / 0.3).toBeCloseTo(1, 1);
});

test('coarse noise is as much alike as linear interpolation makes it, and its channels are not', () => {
  const [height, width] = [64, 96];
  const correlation = 8;
  const images = noises(correlation, { height, width }, 30);
  /** Of pixels this far apart, along and across, and of channels. */
  const alike = (down: number, across: number, channels = 0) => {
    let [products, squares] = [0, 0];
    for (const noise of images) {
      for (let y = 0; y < height - down; y++) {
        for (let x = 0; x < width - across; x++) {
          const value = noise[y * width + x];
          products += value * noise[(channels * height + y + down) * width + x + across];
          squares += value * value;
        }
      }
    }
    return products / squares;
  };
  // The cubic B-spline at 1/2, 1 and 2 as parts of that at 0: what a triangle has in common with a shifted one.
  for (const [distance, expected] of [
    [4, 23 / 32],
    [8, 1 / 4],
    [16, 0],
  ]) {
    expect(Math.abs(alike(0, distance) - expected), `${distance} across`).toBeLessThan(0.05);
    expect(Math.abs(alike(distance, 0) - expected), `${distance} down`).toBeLessThan(0.05);
  }
  expect(Math.abs(alike(0, 0, 1))).toBeLessThan(0.05);
});

test('coarse noise is repeated by an equal stream and not by another, nor are its grains always in one place', () => {
  const size = { height: 32, width: 32 };
  const [first, second] = noises(8, size, 2);
  expect(noises(8, size)[0]).toEqual(first);
  expect(second).not.toEqual(first);
  /** Where a row's slope changes: the same in all rows. */
  const bends = (noise: Float32Array) =>
    Array.from({ length: 30 }, (_, x) => Math.abs(noise[x] - 2 * noise[x + 1] + noise[x + 2]) > 1e-5);
  expect(bends(second)).not.toEqual(bends(first));
});

test('with the noise as target the input is the same, and the noise has a standard deviation of 1', () => {
  const size = { height: 32, width: 64 };
  const image = noisePicture(size);
  for (const correlation of [1, 4]) {
    const given = { kind: 'denoise', sigma: 0.3, correlation } as const;
    const asked = { ...given, target: 'noise' } as const;
    const plain = exampleOf(image, size, given);
    const { input, target } = exampleOf(image, size, asked);
    expect(plain.target).toEqual(image);
    expect(input).toEqual(plain.input);
    const errors = Array.from(input, (value, i) => Math.abs(value - 0.3 * target[i] - image[i]));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
    expect(rootMeanSquare(target)).toBeCloseTo(1, 1);
    expect([given, asked].map(asksForNoise)).toEqual([false, true]);
    expect(imageOf(given, input, target)).toBe(target);
    expect(Math.max(...imageOf(asked, input, target).map((x, i) => Math.abs(x - image[i])))).toBeLessThan(
      1e-6,
    );
  }
});

test('identity copies', () => {
  const image = Float32Array.of(0.5);
  const copy = degradedImage(image, { height: 1, width: 1 }, { kind: 'identity' }, new RandomStream(1));
  expect(copy).toEqual(image);
  expect(copy).not.toBe(image);
});
