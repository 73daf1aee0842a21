import { beforeAll, expect, test } from 'vitest';
import { clusteringOf, clustersOf, type Fingerprint } from '../../src/data/duplicates/clusters.ts';
import { copyOf, cropOf, fingerprintOf, syntheticImage } from '../support/copies.ts';

const SIDE = 320;
const images = Array.from({ length: 12 }, (_, i) => syntheticImage(i, SIDE));
let originals: Fingerprint[];

beforeAll(async () => {
  originals = await Promise.all(images.map(async (image) => fingerprintOf(await copyOf(image, {}))));
});

/** A square of an image, by shares of its side. */
const part = async (i: number, left: number, top: number, side: number, quality?: number) => {
  const [x, y, width] = [left, top, side].map((share) => Math.round(share * SIDE));
  return fingerprintOf(await copyOf(cropOf(images[i], x, y, width), { quality, light: 0.95 }));
};

test.each([
  [0.92, 0.04, 0.02],
  [0.8, 0.1, 0.15],
  [0.7, 0.2, 0.05],
])('most parts of %d of the side are found, and nothing else is', async (side, left, top) => {
  const parts = await Promise.all(images.map((_, i) => part(i, left, top, side, 80)));
  const clusters = clustersOf([...originals, ...parts]);
  for (const members of clusters) {
    expect(members).toHaveLength(2);
    expect(members[1] - members[0]).toBe(images.length);
  }
  expect(clusters.length).toBeGreaterThanOrEqual(9);
});

test('parts of one image are one group with it, also where they are none of each other', async () => {
  const parts = [await part(3, 0, 0, 0.8), await part(3, 0.2, 0.2, 0.8), await part(3, 0.1, 0.02, 0.85)];
  const all = [...originals, ...parts];
  expect(clustersOf(all)).toEqual([[3, 12, 13, 14]]);
  // The same, found once for any choice of them.
  const clustersAmong = clusteringOf(all);
  expect(clustersAmong([parts[0], originals[1], parts[1]])).toEqual([[0, 2]]);
  expect(clustersAmong([originals[0], originals[1], originals[0]])).toEqual([[0, 2]]);
});

test('a camera that comes closer and closer makes no chain', async () => {
  const sides = Array.from({ length: 9 }, (_, k) => 0.87 ** k);
  const frames = await Promise.all(sides.map((side) => part(5, (1 - side) / 2, (1 - side) / 2, side)));
  const clusters = clustersOf(frames);
  // The last shows a ninth of the area of the first.
  expect(Math.max(...clusters.map(({ length }) => length))).toBeLessThan(7);
  expect(clusters.find((members) => members.includes(0))).not.toContain(8);
});
