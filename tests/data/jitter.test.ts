import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { flipsAlone, noAugmentation } from '../../src/data/loading/augmentation.ts';
import { assembleBatch, type BatchRequest } from '../../src/data/loading/batch.ts';
import {
  type ColourChange,
  changeColours,
  drawColourChange,
  type Jitter,
  meanGrey,
} from '../../src/data/loading/jitter.ts';
import { largestDifference } from '../support/shared.ts';

const unchanged: ColourChange = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
const jitter: Jitter = { brightness: 0.4, contrast: 0.3, saturation: 0.5, hue: 0.1 };

/** Pixels with values in [0, 1] through `changeColours` and back. */
function changed(pixels: readonly (readonly number[])[], change: Partial<ColourChange>): number[][] {
  const area = pixels.length;
  const image = Float32Array.from(
    { length: 3 * area },
    (_, j) => 2 * pixels[j % area][Math.floor(j / area)] - 1,
  );
  const bytes = Uint8Array.from({ length: 3 * area }, (_, i) =>
    Math.round(255 * pixels[Math.floor(i / 3)][i % 3]),
  );
  const changes = { ...unchanged, ...change };
  changeColours(image, changes, meanGrey(bytes, changes.brightness));
  return pixels.map((_, i) => [0, 1, 2].map((c) => (image[c * area + i] + 1) / 2));
}

describe('the formulas, in float64 and spelt out', () => {
  const clamp = (x: number) => (x < 0 ? 0 : x > 1 ? 1 : x);
  const grey = ([r, g, b]: readonly number[]) => 0.2989 * r + 0.587 * g + 0.114 * b;

  /** torchvision's way of HSV: to hue, saturation and value, and back by sextants. */
  function shifted([r, g, b]: readonly number[], turns: number): number[] {
    const [v, least] = [Math.max(r, g, b), Math.min(r, g, b)];
    const range = v - least;
    const s = v === 0 ? 0 : range / v;
    const [rc, gc, bc] = [r, g, b].map((x) => (range === 0 ? 0 : (v - x) / range));
    const raw = v === r ? bc - gc : v === g ? 2 + rc - bc : 4 + gc - rc;
    const h = (((raw / 6 + 1 + turns) % 1) + 1) % 1;
    const sextant = Math.floor(h * 6);
    const f = h * 6 - sextant;
    const [p, q, t] = [v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))];
    return [
      [v, t, p],
      [q, v, p],
      [p, v, t],
      [p, q, v],
      [t, p, v],
      [v, p, q],
    ][sextant % 6];
  }

  function reference(pixels: number[][], { brightness, contrast, saturation, hue }: ColourChange) {
    const bright = pixels.map((pixel) => pixel.map((x) => clamp(x * brightness)));
    const mean = bright.reduce((sum, pixel) => sum + grey(pixel), 0) / pixels.length;
    return bright
      .map((pixel) => pixel.map((x) => clamp(contrast * x + (1 - contrast) * mean)))
      .map((pixel) => pixel.map((x) => clamp(saturation * x + (1 - saturation) * grey(pixel))))
      .map((pixel) => shifted(pixel, hue));
  }

  test.each(Array.from({ length: 20 }, (_, n) => n))('random pixels and changes, %i', (n) => {
    const stream = new RandomStream(n, 'jitter test');
    const pixels = Array.from({ length: 40 }, () => [0, 1, 2].map(() => stream.integer(256) / 255));
    const change = drawColourChange(stream, { brightness: 1, contrast: 1, saturation: 1, hue: 0.5 });
    expect(largestDifference(changed(pixels, change).flat(), reference(pixels, change).flat())).toBeLessThan(
      2e-6,
    );
  });
});

test.each([
  [1 / 3, [0, 1, 0]],
  [-1 / 3, [0, 0, 1]],
  [1 / 6, [1, 1, 0]],
  [1 / 2, [0, 1, 1]],
  [1 / 12, [1, 0.5, 0]],
])('red, %f turns on', (hue, expected) => {
  expect(largestDifference(changed([[1, 0, 0]], { hue })[0], expected)).toBeLessThan(1e-6);
});

test('grey has no hue to shift and no saturation to lose', () => {
  const grey = [[0.25, 0.25, 0.25]];
  expect(largestDifference(changed(grey, { hue: 0.3, saturation: 0.2 })[0], grey[0])).toBeLessThan(1e-4);
});

test('without contrast all is the mean grey, without brightness all is black', () => {
  const [black, white] = changed(
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
    { contrast: 0 },
  );
  expect(largestDifference(black, white)).toBe(0);
  expect(black[0]).toBeCloseTo(0.49995, 6);
  expect(changed([[0.2, 0.9, 1]], { brightness: 0 })).toEqual([[0, 0, 0]]);
});

test('nothing leaves the range', () => {
  const stream = new RandomStream('range');
  const wild: Jitter = { brightness: 1, contrast: 1, saturation: 1, hue: 0.5 };
  for (let n = 0; n < 50; n++) {
    const image = Float32Array.from({ length: 300 }, () => 2 * stream.integer(2) - 1);
    changeColours(image, drawColourChange(stream, wild), stream.uniform());
    for (const value of image) expect(Math.abs(value)).toBeLessThanOrEqual(1);
  }
});

test('draws stay within their limits, reach into both halves, and do not depend on the other limits', () => {
  const draws = Array.from({ length: 500 }, (_, n) => drawColourChange(new RandomStream(n), jitter));
  for (const [name, centre] of Object.entries(unchanged) as [keyof Jitter, number][]) {
    const offsets = draws.map((draw) => draw[name] - centre);
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(jitter[name]);
    expect(Math.min(...offsets)).toBeLessThan(-0.9 * jitter[name]);
    expect(Math.max(...offsets)).toBeGreaterThan(0.9 * jitter[name]);
  }
  const alone = drawColourChange(new RandomStream(7), {
    brightness: 0,
    contrast: 0,
    saturation: 0,
    hue: 0.1,
  });
  expect(alone).toEqual({ ...unchanged, hue: draws[7].hue });
});

describe('in a batch', () => {
  const size = { height: 4, width: 4 };
  const stems = ['a', 'b', 'c'];
  const pixels = stems.map((_, n) => ({
    image: Uint8Array.from({ length: 48 }, (_, i) => (i * 37 + 50 * n) % 256),
    mask: Uint8Array.from({ length: 16 }, (_, i) => (i >> n) & 1),
  }));
  const make = (request: Partial<BatchRequest>, order = [0, 1, 2]) =>
    assembleBatch(
      { indices: [], seed: 1, epoch: 1, ...request },
      order.map((i) => stems[i]),
      order.map((i) => pixels[i]),
      size,
    );

  test('jitter of 0 changes no bit', () => {
    expect(make({ augmentation: noAugmentation })).toEqual(make({}));
  });

  test('colours change, masks do not; flips and turns stay what they are', () => {
    for (const augmentation of [noAugmentation, flipsAlone]) {
      const plain = make({ augmentation });
      const jittered = make({ augmentation: { ...augmentation, ...jitter } });
      expect(jittered.mask).toEqual(plain.mask);
      for (let b = 0; b < 3; b++) {
        const of = ({ input }: typeof plain) => input.subarray(b * 48, (b + 1) * 48);
        expect(largestDifference(of(jittered), of(plain))).toBeGreaterThan(0.02);
      }
    }
    const brighter = make({ augmentation: { ...flipsAlone, brightness: 1 } });
    const plain = make({ augmentation: flipsAlone });
    const factors = [...brighter.input.subarray(0, 48)].map((value, i) => (value + 1) / (plain.input[i] + 1));
    const unclamped = factors.filter((_, i) => brighter.input[i] < 1 && plain.input[i] > -0.5);
    expect(unclamped.length).toBeGreaterThan(10);
    expect(Math.max(...unclamped) - Math.min(...unclamped)).toBeLessThan(1e-5);
  });

  test('draws depend on seed, epoch and stem alone', () => {
    const augmentation = { ...noAugmentation, ...jitter };
    const first = make({ augmentation }).input.slice(0, 48);
    expect(make({ augmentation }, [2, 0]).input.slice(48)).toEqual(first);
    expect(make({ augmentation, epoch: 2 }, [0]).input).not.toEqual(first);
    expect(make({ augmentation, seed: 2 }, [0]).input).not.toEqual(first);
  });

  test('an autoencoder gets and is asked for the same colours', () => {
    const augmentation = { ...noAugmentation, ...jitter };
    const batch = make({ augmentation, pretext: { kind: 'identity' } });
    expect(batch.input).toEqual(batch.target);
    expect(batch.target).toEqual(make({ augmentation }).input);
    const noisy = make({ augmentation, pretext: { kind: 'denoise', sigma: 0.1 } });
    expect(noisy.target).toEqual(batch.target);
    expect(noisy.input).not.toEqual(batch.target);
  });
});
