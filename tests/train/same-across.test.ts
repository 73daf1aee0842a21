import { expect, test } from 'vitest';
import type { Fingerprint } from '../../src/data/duplicates/clusters.ts';
import { sameAcross } from '../../src/train/images.node.ts';
import { copyOf, fingerprintOf, syntheticImage } from '../support/copies.ts';

const part = (images: Readonly<Record<string, Fingerprint>>) => [
  {
    samples: Object.keys(images).map((stem) => ({ stem, image: `${stem}.png` })),
    fingerprints: Object.values(images),
  },
];

test('duplicates in two parts are told, equal files apart from those that look alike', async () => {
  const [a, b, c] = await Promise.all(
    [0, 1, 2].map(async (i) => fingerprintOf(await copyOf(syntheticImage(i, 96), {}))),
  );
  const again = await fingerprintOf(await copyOf(syntheticImage(1, 96), { quality: 60, light: 0.9 }));
  expect(sameAcross({ training: part({ a, b }), test: part({ c }) })).toEqual([]);
  expect(sameAcross({ training: part({ a, b, again }), test: part({ c }) })).toEqual([]);
  expect(
    sameAcross({ training: part({ a, b }), validation: part({ c, again }), test: part({ a2: a }) }),
  ).toEqual([
    'the same image in two parts of the data, once: a (training) = a2 (test)',
    'nearly the same image in two parts of the data, once: b (training) ~ again (validation)',
  ]);
});
