import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Size } from '../../src/core/size.ts';
import { type Augmentation, flipsAlone, noAugmentation } from '../../src/data/loading/augmentation.ts';
import { assembleBatch } from '../../src/data/loading/batch.ts';
import { blur, gaussian } from '../../src/data/loading/blur.ts';
import { quantisation } from '../../src/data/loading/jpeg.ts';
import {
  applyPhotometric,
  drawPhotometric,
  type PhotometricChange,
} from '../../src/data/loading/photometric.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { largestDifference } from '../support/shared.ts';

const everything: Augmentation = {
  ...noAugmentation,
  ...{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, grey: 0.3, blur: 2, noise: 0.1, jpeg: 80 },
};

/** A smooth picture with an edge, as bytes [H, W, 3]. */
function picture({ height, width }: Size): Uint8Array {
  return Uint8Array.from({ length: 3 * height * width }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const wave = 110 + 60 * Math.sin(x / 5 + c) + 50 * Math.cos(y / 7 - c);
    return Math.round(x > width / 2 && y > height / 3 ? wave : 255 - wave);
  });
}

const bytesOf = (planes: Float32Array, c: number) => {
  const area = planes.length / 3;
  return [...planes.subarray(c * area, (c + 1) * area)].map((value) => (value + 1) * 127.5);
};

function changed(image: Uint8Array, size: Size, change: Partial<PhotometricChange>): Float32Array {
  const planes = toPlanes(image);
  applyPhotometric(planes, { grey: false, ...change }, size, image);
  return planes;
}

describe('blur', () => {
  test('the weights are those of a Gaussian and sum to 1', () => {
    const weights = gaussian(1);
    expect(weights).toHaveLength(7);
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect(weights[3] / weights[2]).toBeCloseTo(Math.exp(0.5), 12);
    expect(weights[0]).toBe(weights[6]);
  });

  test.each([
    [{ height: 9, width: 12 }, 0.7],
    [{ height: 5, width: 4 }, 2],
    [{ height: 1, width: 6 }, 1],
  ])('%j by %f is a sum over all neighbours, in float64', (size, sigma) => {
    const { height, width } = size;
    const stream = new RandomStream('blur');
    const planes = Float32Array.from({ length: 2 * height * width }, () => 2 * stream.uniform() - 1);
    const reflect = (i: number, n: number) => {
      let j = i;
      while (n > 1 && (j < 0 || j >= n)) j = j < 0 ? -j : 2 * (n - 1) - j;
      return n > 1 ? j : 0;
    };
    const weights = gaussian(sigma);
    const radius = (weights.length - 1) / 2;
    const expected = Array.from(planes, (_, i) => {
      const [plane, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      let sum = 0;
      for (let v = -radius; v <= radius; v++)
        for (let u = -radius; u <= radius; u++) {
          const source = plane * height * width + reflect(y + v, height) * width + reflect(x + u, width);
          sum += weights[v + radius] * weights[u + radius] * planes[source];
        }
      return sum;
    });
    blur(planes, size, sigma);
    expect(largestDifference(planes, expected)).toBeLessThan(1e-6);
  });
});

describe('JPEG', () => {
  test('tables are those of Annex K, scaled', () => {
    expect([...quantisation(50, false).subarray(0, 4)]).toEqual([16, 11, 10, 16]);
    expect([...quantisation(25, false).subarray(0, 4)]).toEqual([32, 22, 20, 32]);
    expect([...quantisation(75, true).subarray(0, 5)]).toEqual([9, 9, 12, 24, 50]);
    expect(new Set(quantisation(100, true))).toEqual(new Set([1]));
    expect(quantisation(1, false)[0]).toBe(255);
  });

  test.each([
    // The mean of a block, eight times its distance from 128, is divided by 32 and rounded.
    [127, 128],
    [125, 124],
    [137, 136],
    [139, 140],
    [255, 255],
  ])('a flat grey of %i becomes one of %i at quality 25', (grey, expected) => {
    const image = new Uint8Array(192).fill(grey);
    const made = bytesOf(changed(image, { height: 8, width: 8 }, { quality: 25 }), 0);
    for (const value of made) expect(value).toBeCloseTo(expected, 3);
  });

  test.each([
    30, 50, 75, 95,
  ])('at quality %i it is what an encoder of JPEG leaves of the picture', async (quality) => {
    const size = { height: 32, width: 48 };
    const raw = { width: size.width, height: size.height, channels: 3 } as const;
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
    const coloured = picture(size);
    const grey = coloured.map((_, i) => coloured[i - (i % 3)]);
    // The file rounds luma and chroma to whole numbers before it transforms them, as those of grey are.
    for (const [image, bound] of [
      [grey, 0.5],
      [coloured, 1.6],
    ] as const) {
      const file = await sharp(image, { raw }).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
      const decoded = toPlanes(new Uint8Array(await sharp(file).raw().toBuffer()));
      const made = changed(image, size, { quality });
      for (const c of [0, 1, 2]) {
        const [ours, theirs, before] = [made, decoded, toPlanes(image)].map((planes) => bytesOf(planes, c));
        const apart = ours.map((value, i) => Math.abs(value - theirs[i]));
        const lost = theirs.map((value, i) => Math.abs(value - before[i]));
        expect(mean(apart)).toBeLessThan(bound);
        if (quality <= 50) expect(mean(lost)).toBeGreaterThan(2.2 * mean(apart));
      }
    }
  });

  test('a picture that is no multiple of 8 has its last pixels repeated', () => {
    const size = { height: 5, width: 11 };
    const made = changed(new Uint8Array(165).fill(200), size, { quality: 90 });
    for (const value of made) expect(value).toBeCloseTo(made[0], 5);
  });
});

test('grey is luma in all channels', () => {
  const made = changed(Uint8Array.of(255, 0, 0, 0, 255, 0), { height: 1, width: 2 }, { grey: true });
  for (const c of [0, 1, 2]) {
    expect(bytesOf(made, c)[0]).toBeCloseTo(0.299 * 255, 3);
    expect(bytesOf(made, c)[1]).toBeCloseTo(0.587 * 255, 3);
  }
});

test('noise is normal, equal in all channels of a pixel, and stays in the range', () => {
  const size = { height: 100, width: 100 };
  const image = new Uint8Array(30000).fill(128);
  const made = changed(image, size, { noise: { sigma: 0.05, seed: 3 } });
  const added = bytesOf(made, 0).map((value) => (value - 128) / 255);
  const mean = added.reduce((sum, value) => sum + value) / added.length;
  const deviation = Math.sqrt(added.reduce((sum, value) => sum + (value - mean) ** 2, 0) / added.length);
  expect(Math.abs(mean)).toBeLessThan(0.002);
  expect(deviation).toBeCloseTo(0.05, 2);
  for (const c of [1, 2]) expect(bytesOf(made, c)).toEqual(bytesOf(made, 0));
  expect(changed(image, size, { noise: { sigma: 0.05, seed: 3 } })).toEqual(made);
  expect(changed(image, size, { noise: { sigma: 0.05, seed: 4 } })).not.toEqual(made);
  const wild = changed(image, size, { noise: { sigma: 1, seed: 3 } });
  expect([Math.min(...wild), Math.max(...wild)]).toEqual([-1, 1]);
});

test('whatever is drawn, grey stays grey, nothing leaves the range, and flat images make no trouble', () => {
  const size = { height: 16, width: 24 };
  const coloured = picture(size);
  const grey = coloured.map((_, i) => coloured[i - (i % 3)]);
  for (let n = 0; n < 60; n++) {
    const key = { seed: n, epoch: 1, augmentation: everything };
    const change = drawPhotometric(key, 'x')!;
    for (const image of [
      coloured,
      grey,
      new Uint8Array(coloured.length),
      new Uint8Array(coloured.length).fill(255),
    ]) {
      const made = changed(image, size, change);
      for (const value of made) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      if (image === coloured) continue;
      const [r, g, b] = [0, 1, 2].map((c) => bytesOf(made, c));
      expect(largestDifference(r, g)).toBeLessThan(1e-4);
      expect(largestDifference(r, b)).toBeLessThan(1e-4);
    }
  }
});

describe('draws', () => {
  const draw = (limits: Partial<Augmentation>, seed: number, ...view: string[]) =>
    drawPhotometric({ seed, epoch: 1, augmentation: { ...noAugmentation, ...limits } }, 'x', ...view);
  const many = Array.from({ length: 1000 }, (_, seed) => draw(everything, seed)!);
  const shareOf = (is: (change: PhotometricChange) => boolean) => many.filter(is).length / many.length;

  test('happen as often as they should, and are within their limits', () => {
    expect(shareOf(({ grey }) => grey)).toBeCloseTo(0.3, 1);
    expect(shareOf(({ blur }) => blur !== undefined)).toBeCloseTo(0.5, 1);
    expect(shareOf(({ noise }) => noise !== undefined)).toBeCloseTo(0.5, 1);
    expect(shareOf(({ quality }) => quality !== undefined)).toBeCloseTo(0.5, 1);
    const range = (values: (number | undefined)[], low: number, high: number) => {
      const known = values.filter((value) => value !== undefined);
      expect(Math.min(...known)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...known)).toBeLessThanOrEqual(high);
      expect(Math.max(...known) - Math.min(...known)).toBeGreaterThan(0.95 * (high - low));
    };
    range(
      many.map(({ blur }) => blur),
      0,
      2,
    );
    range(
      many.map(({ noise }) => noise?.sigma),
      0,
      0.1,
    );
    range(
      many.map(({ quality }) => quality),
      20,
      100,
    );
    expect(new Set(many.map(({ noise }) => noise?.seed)).size).toBeGreaterThan(400);
  });

  test.each([
    [{ blur: 0 }, 'blur'],
    [{ noise: 0 }, 'noise'],
    [{ jpeg: 0 }, 'quality'],
    [{ jpegProbability: 0 }, 'quality'],
    [{ brightness: 0, contrast: 0, saturation: 0, hue: 0 }, 'colours'],
  ] as [
    Partial<Augmentation>,
    keyof PhotometricChange,
  ][])('with %j the others are as they were', (limits, name) => {
    for (const [seed, all] of many.slice(0, 30).entries()) {
      const { [name]: left, ...others } = all;
      expect(draw({ ...everything, ...limits }, seed)).toEqual(others);
    }
  });

  test('where nothing can change there is no change, and views of a sample differ', () => {
    expect(draw({}, 1)).toBeUndefined();
    expect(draw({ blur: 2, blurProbability: 0 }, 1)).toBeUndefined();
    expect(draw({ scale: 1, flips: 'all' }, 1)).toBeUndefined();
    expect(draw(everything, 1, 'strong')).not.toEqual(draw(everything, 1));
    expect(draw(everything, 1, 'strong')).toEqual(draw(everything, 1, 'strong'));
  });
});

test('in a batch they change the image after its geometry, and the mask not', () => {
  const size = { height: 32, width: 32 };
  const pixels = [{ image: picture(size), mask: Uint8Array.from({ length: 1024 }, (_, i) => (i >> 4) & 1) }];
  const make = (augmentation: Augmentation) =>
    assembleBatch({ indices: [0], seed: 2, epoch: 1, augmentation }, ['x'], pixels, size);
  const geometry = { ...flipsAlone, scale: 0.3, rotation: 30, elastic: 0.02 };
  const [weak, strong] = [make(geometry), make({ ...everything, ...geometry, ...noFlipsOf(everything) })];
  expect(strong.mask).toEqual(weak.mask);
  const key = { seed: 2, epoch: 1, augmentation: everything };
  const again = weak.input.slice();
  applyPhotometric(again, drawPhotometric(key, 'x')!, size, pixels[0].image);
  expect(strong.input).toEqual(again);
  expect(largestDifference(strong.input, weak.input)).toBeGreaterThan(0.05);
});

/** The photometric factors alone. */
function noFlipsOf({ flips, scale, aspect, rotation, shift, elastic, ...photometric }: Augmentation) {
  return photometric;
}
