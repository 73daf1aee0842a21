import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { appearanceOf } from '../../src/data/duplicates/appearance.ts';
import { clustersOf, type Fingerprint } from '../../src/data/duplicates/clusters.ts';
import { CHANGES, copyOf, cropOf, fingerprintOf, syntheticImage } from '../support/copies.ts';

const plain = (hash: string): Fingerprint => ({ hash });
const pairsIn = (clusters: readonly (readonly number[])[]) =>
  clusters.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);

describe.each([96, 192])('synthetic images of %d pixels and copies of them', (side) => {
  const images = Array.from({ length: 8 }, (_, i) => syntheticImage(i, side));
  let originals: Fingerprint[];

  beforeAll(async () => {
    originals = await Promise.all(images.map(async (image) => fingerprintOf(await copyOf(image, {}))));
  });

  test('different images are none', () => {
    expect(clustersOf(originals)).toEqual([]);
  });

  test.each(CHANGES)('each is found when changed by %j, and with nothing else', async (change) => {
    const copies = await Promise.all(images.map(async (image) => fingerprintOf(await copyOf(image, change))));
    const expected = images.map((_, i) => [i, images.length + i]);
    expect(clustersOf([...originals, ...copies])).toEqual(expected);
  });

  test('all copies of an image are one group', async () => {
    const copies = await Promise.all(
      CHANGES.map(async (change) => fingerprintOf(await copyOf(images[3], change))),
    );
    expect(clustersOf([...copies, ...originals])).toEqual([[...copies.keys(), copies.length + 3]]);
  });
});

describe('a camera that drifts', () => {
  const scene = syntheticImage(2, 900);
  /** What it sees after moving so many pixels: to the left and back, and up half as fast. */
  const view = (moved: number) =>
    cropOf(scene, 50 + Math.round(Math.abs(600 - moved)), 50 + Math.round(600 - moved / 2), 192);
  const frames = (step: number, count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) =>
        fingerprintOf(await copyOf(view(i * step), { light: 1 + 0.1 * Math.sin(i / 20) })),
      ),
    );

  test.each([
    1, 3,
  ])('of 300 frames, %d pixels apart, few pairs are duplicates, and no chain', async (step) => {
    const clusters = clustersOf(await frames(step, 300));
    expect(pairsIn(clusters) / ((300 * 299) / 2)).toBeLessThan(0.02);
    expect(Math.max(0, ...clusters.map(({ length }) => length))).toBeLessThan(12);
  });

  test('copies among its frames are found', async () => {
    const copies = await Promise.all(
      [50, 150, 250].map(async (moved) =>
        fingerprintOf(await copyOf(view(moved), { quality: 60, scale: 0.5, light: 1.1 })),
      ),
    );
    const clusters = clustersOf([...(await frames(5, 60)), ...copies]);
    for (const [i, frame] of [10, 30, 50].entries()) {
      expect(clusters.find((members) => members.includes(60 + i))).toContain(frame);
    }
  });
});

test('equal files are one group, whatever is in them; without a fingerprint there is none', () => {
  const files = [
    plain('a'),
    plain('b'),
    undefined,
    plain('a'),
    plain('c'),
    plain('b'),
    plain('a'),
    undefined,
  ];
  expect(clustersOf(files)).toEqual([
    [0, 3, 6],
    [1, 5],
  ]);
});

test('pictures of one edge, or of none, have too little structure to be compared', () => {
  const edge = new Uint8Array(64 * 64 * 3);
  edge.fill(200, 0, 64 * 30 * 3);
  for (const data of [edge, new Uint8Array(64 * 64 * 3), new Uint8Array(64 * 64 * 3).fill(90)]) {
    expect(appearanceOf({ width: 64, height: 64, channels: 3, data })).toBeUndefined();
  }
});

test('the groups do not depend on the order of the images', async () => {
  const images = [0, 1, 2].map((i) => syntheticImage(i, 96));
  const fingerprints = await Promise.all(
    images.flatMap((image) =>
      CHANGES.slice(0, 3).map(async (change) => fingerprintOf(await copyOf(image, change))),
    ),
  );
  fingerprints.push(fingerprints[4], plain('x'), plain('x'));
  const canonical = (groups: readonly (readonly number[])[]) =>
    groups.map((group) => [...group].sort((a, b) => a - b).join(' ')).sort();
  const expected = canonical(clustersOf(fingerprints));
  expect(expected).toHaveLength(4);
  const orders = fc.shuffledSubarray([...fingerprints.keys()], { minLength: fingerprints.length });
  fc.assert(
    fc.property(orders, (order) => {
      const groups = clustersOf(order.map((i) => fingerprints[i]));
      expect(canonical(groups.map((group) => group.map((i) => order[i])))).toEqual(expected);
      // Ascending, by their first.
      expect(groups.map(([first]) => first)).toEqual(groups.map(([first]) => first).sort((a, b) => a - b));
      for (const group of groups) expect(group).toEqual([...group].sort((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});
