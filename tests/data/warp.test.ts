import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Size } from '../../src/core/size.ts';
import { flipsAlone, noAugmentation, type WarpLimits } from '../../src/data/loading/augmentation.ts';
import { assembleBatch } from '../../src/data/loading/batch.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { applySymmetry, type Symmetry, symmetries } from '../../src/data/loading/symmetry.ts';
import { drawWarp, type Warp, warpPixels } from '../../src/data/loading/warp.ts';
import { largestDifference } from '../support/shared.ts';

const limits: WarpLimits = { scale: 0.6, aspect: 0.25, rotation: 60, shift: 0.4, elastic: 0.05 };
const still: Warp = { scale: 1, aspect: 1, rotation: 0, shift: [0, 0] };

function sampleOf({ height, width }: Size, classes: readonly number[] = [0, 1]) {
  const stream = new RandomStream('warp test', height, width);
  const draw = (count: number, value: () => number) => Uint8Array.from({ length: count }, value);
  return {
    image: draw(3 * height * width, () => stream.integer(256)),
    mask: draw(height * width, () => classes[stream.integer(classes.length)]),
  };
}

function warped(sample: ReturnType<typeof sampleOf>, size: Size, symmetry: Symmetry, warp: Warp) {
  const area = size.height * size.width;
  const view = { image: new Float32Array(3 * area), mask: new Float32Array(area) };
  warpPixels(sample, size, { symmetry, warp }, view);
  return view;
}

/** The same, spelt out: matrices one after another, every pixel by itself. */
function reference(sample: ReturnType<typeof sampleOf>, size: Size, symmetry: Symmetry, warp: Warp) {
  const { height, width } = size;
  const at = (y: number, x: number) => y * width + x;
  /** As `numpy.pad(.., mode='reflect')` numbers pixels. */
  const reflect = (i: number, n: number) => {
    let j = i;
    while (n > 1 && (j < 0 || j >= n)) j = j < 0 ? -j : 2 * (n - 1) - j;
    return n > 1 ? j : 0;
  };
  const keys = (t: number) => {
    const x = Math.abs(t);
    if (x <= 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
    return x <= 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
  };
  const displacement = (y: number, x: number, axis: number) => {
    if (!warp.elastic) return 0;
    const [v, u] = [(3 * y) / Math.max(1, height - 1), (3 * x) / Math.max(1, width - 1)];
    let sum = 0;
    for (let j = -1; j <= 5; j++)
      for (let i = -1; i <= 5; i++) {
        const node = 16 * axis + 4 * Math.min(3, Math.max(0, j)) + Math.min(3, Math.max(0, i));
        sum += keys(v - j) * keys(u - i) * warp.elastic[node];
      }
    return sum * (axis === 0 ? width : height);
  };
  const image = new Float64Array(3 * height * width);
  const mask = new Float64Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let [u, v] = [x - (width - 1) / 2, y - (height - 1) / 2];
      [u, v] = [u * warp.scale * warp.aspect, (v * warp.scale) / warp.aspect];
      const t = (warp.rotation / 180) * Math.PI;
      [u, v] = [Math.cos(t) * u - Math.sin(t) * v, Math.sin(t) * u + Math.cos(t) * v];
      if (symmetry.mirrorX) u = -u;
      if (symmetry.mirrorY) v = -v;
      if (symmetry.transpose) [u, v] = [v, u];
      const px = u + (width - 1) / 2 + warp.shift[0] * width + displacement(y, x, 0);
      const py = v + (height - 1) / 2 + warp.shift[1] * height + displacement(y, x, 1);
      const parts = new Map<number, number>();
      for (const j of [Math.floor(py), Math.floor(py) + 1])
        for (const i of [Math.floor(px), Math.floor(px) + 1]) {
          const weight = (1 - Math.abs(px - i)) * (1 - Math.abs(py - j));
          const source = at(reflect(j, height), reflect(i, width));
          for (let c = 0; c < 3; c++)
            image[c * height * width + at(y, x)] += weight * (sample.image[3 * source + c] / 127.5 - 1);
          const value = sample.mask[source];
          parts.set(value, (parts.get(value) ?? 0) + weight);
        }
      const most = Math.max(...parts.values());
      mask[at(y, x)] = Math.max(
        ...[...parts].flatMap(([value, part]) => (part > most - 1e-9 ? [value] : [])),
      );
    }
  return { image, mask };
}

const sizes: [string, Size][] = [
  ['even', { height: 16, width: 16 }],
  ['odd', { height: 13, width: 13 }],
  ['oblong', { height: 9, width: 14 }],
  ['upright', { height: 15, width: 4 }],
  ['a row', { height: 1, width: 7 }],
  ['a pixel', { height: 1, width: 1 }],
];

describe.each(sizes)('%s', (_, size) => {
  const possible = symmetries.slice(0, size.height === size.width ? 8 : 4);

  test.each([
    [0, 1],
    [0, 3, 17, 255],
  ])('every pixel is where a plain loop finds it, classes %j ..', (...classes) => {
    const sample = sampleOf(size, classes);
    for (let n = 0; n < 24; n++) {
      const symmetry = possible[n % possible.length];
      const drawn = drawWarp(new RandomStream('warps', n), n % 3 === 0 ? { ...limits, elastic: 0 } : limits);
      const made = warped(sample, size, symmetry, drawn);
      const expected = reference(sample, size, symmetry, drawn);
      expect(largestDifference(made.image, expected.image)).toBeLessThan(1e-6);
      // Where two classes have equal parts but for rounding, either will do.
      const others = made.mask.filter((value, i) => value !== expected.mask[i]).length;
      expect(others / made.mask.length).toBeLessThan(0.001);
    }
  });

  test('nothing drawn is the sample itself, and flips and quarter turns are those without a warp', () => {
    const sample = sampleOf(size);
    for (const symmetry of possible) {
      const made = warped(sample, size, symmetry, still);
      expect(made.image).toEqual(applySymmetry(toPlanes(sample.image), 3, size, symmetry));
      expect(made.mask).toEqual(applySymmetry(Float32Array.from(sample.mask), 1, size, symmetry));
    }
    expect(warped(sample, size, symmetries[0], still).image).toEqual(toPlanes(sample.image));
  });

  test('no class is invented, where colours are between others', () => {
    const classes = [0, 2, 9, 255];
    const sample = sampleOf(size, classes);
    for (let n = 0; n < 20; n++) {
      const { mask } = warped(sample, size, possible[0], drawWarp(new RandomStream(n), limits));
      for (const value of mask) expect(sample.mask).toContain(value);
    }
  });
});

test('a shift by whole pixels, reflected without repeating the edge', () => {
  const image = Uint8Array.from([10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]);
  const size = { height: 1, width: 4 };
  const made = warped({ image, mask: Uint8Array.of(1, 0, 0, 1) }, size, symmetries[0], {
    ...still,
    shift: [0.5, 0],
  });
  expect([...made.image.subarray(0, 4)].map((value) => Math.round((value + 1) * 127.5))).toEqual([
    30, 40, 30, 20,
  ]);
  expect([...made.mask]).toEqual([0, 1, 0, 0]);
});

test('half-way between, a mask takes the larger class, and three quarters decide against one', () => {
  const sample = { image: new Uint8Array(12), mask: Uint8Array.of(0, 1, 1, 0) };
  const at = (shift: number) => [
    ...warped(sample, { height: 1, width: 4 }, symmetries[0], { ...still, shift: [shift, 0] }).mask,
  ];
  expect(at(0.125)).toEqual([1, 1, 1, 1]);
  expect(at(0.0625)).toEqual([0, 1, 1, 0]);
  expect(at(0.1875)).toEqual([1, 1, 0, 1]);
});

test('a scale over 1 shows more of the image, a quarter turn by rotation is one', () => {
  const size = { height: 5, width: 5 };
  const sample = sampleOf(size);
  const turned = warped(sample, size, symmetries[0], { ...still, rotation: 90 });
  const exact = symmetries.find(
    (symmetry) =>
      largestDifference(applySymmetry(toPlanes(sample.image), 3, size, symmetry), turned.image) < 1e-5,
  );
  expect(exact).toMatchObject({ transpose: true });
  const twice = warped(sample, size, symmetries[0], { ...still, scale: 2 });
  // From the centre, a pixel is two of the sample's further.
  expect(twice.image[2 * 5 + 3]).toBe(toPlanes(sample.image)[2 * 5 + 4]);
});

describe('draws', () => {
  test('are within their limits, and reach into both halves', () => {
    const drawn = Array.from({ length: 400 }, (_, n) => drawWarp(new RandomStream(n), limits));
    const reach = (values: number[], limit: number) => {
      expect(Math.max(...values)).toBeLessThanOrEqual(limit);
      expect(Math.max(...values)).toBeGreaterThan(0.95 * limit);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-limit);
      expect(Math.min(...values)).toBeLessThan(-0.95 * limit);
    };
    reach(
      drawn.map(({ scale }) => Math.log(scale)),
      limits.scale,
    );
    reach(
      drawn.map(({ aspect }) => Math.log(aspect)),
      limits.aspect,
    );
    reach(
      drawn.map(({ rotation }) => rotation),
      limits.rotation,
    );
    reach(
      drawn.map(({ shift }) => shift[0]),
      limits.shift,
    );
    reach(
      drawn.map(({ shift }) => shift[1]),
      limits.shift,
    );
    const nodes = drawn.flatMap(({ elastic }) => [...elastic!]);
    const deviation = Math.sqrt(nodes.reduce((sum, node) => sum + node ** 2, 0) / nodes.length);
    expect(deviation / limits.elastic).toBeCloseTo(1, 1);
  });

  test.each(Object.keys(limits))('without %s, the others are as they were', (name) => {
    const all = drawWarp(new RandomStream(5), limits);
    const { [name as 'scale']: left, ...others } = drawWarp(new RandomStream(5), { ...limits, [name]: 0 });
    expect(all).toMatchObject(others);
    const none: Record<string, unknown> = { scale: 1, aspect: 1, rotation: 0, shift: [0, 0] };
    expect([left ?? []].flat().map(Math.abs)).toEqual([none[name] ?? []].flat());
  });
});

describe('in a batch', () => {
  const size = { height: 16, width: 16 };
  const stems = ['a', 'b', 'c'];
  const pixels = stems.map((_, n) => ({
    image: Uint8Array.from({ length: 768 }, (_, i) => (i * 37 + 50 * n) % 256),
    mask: Uint8Array.from({ length: 256 }, (_, i) => (i >> (n + 2)) & 1),
  }));
  const augmentation = { ...flipsAlone, ...limits };
  const make = (changes: object, order = [0, 1, 2]) =>
    assembleBatch(
      { indices: [], seed: 1, epoch: 1, augmentation, ...changes },
      order.map((i) => stems[i]),
      order.map((i) => pixels[i]),
      size,
    );

  test('draws depend on seed, epoch and stem alone', () => {
    const first = make({}).input.slice(0, 768);
    expect(make({}, [2, 0]).input.slice(768)).toEqual(first);
    expect(make({ epoch: 2 }, [0]).input).not.toEqual(first);
    expect(make({ seed: 2 }, [0]).input).not.toEqual(first);
  });

  test('the mask goes with its image', () => {
    const white = pixels.map(({ mask }) => ({
      image: Uint8Array.from({ length: 768 }, (_, i) => 255 * mask[Math.floor(i / 3)]),
      mask,
    }));
    const { input, mask } = assembleBatch(
      { indices: [], seed: 1, epoch: 1, augmentation },
      stems,
      white,
      size,
    );
    for (let b = 0; b < 3; b++) {
      const of = input.subarray(b * 768, b * 768 + 256);
      expect(mask!.slice(b * 256, (b + 1) * 256)).toEqual(of.map((value) => (value >= 0 ? 1 : 0)));
    }
  });

  test('an autoencoder is asked for the warped image', () => {
    const batch = make({ pretext: { kind: 'identity' } });
    expect(batch.target).toEqual(make({}).input);
    expect(batch.input).toEqual(batch.target);
  });

  test('flips stay what they are when nothing is warped, and a warp leaves their draws', () => {
    const unwarped = make({
      augmentation: { ...augmentation, scale: 1e-9, aspect: 0, rotation: 0, shift: 0, elastic: 0 },
    });
    const flipped = make({ augmentation: flipsAlone });
    expect(largestDifference(unwarped.input, flipped.input)).toBeLessThan(1e-5);
    expect(make({ augmentation: noAugmentation })).toEqual(make({ augmentation: undefined }));
  });
});
