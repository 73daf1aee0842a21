import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { compareArms } from '../../src/stats/compare.ts';
import { pairedDifferences, type Score } from '../../src/stats/paired.ts';
import { refusal } from '../support/expect-user-error.ts';

/** Scores of arms over seeds and images, all of them random. */
function scoresOf(arms: readonly string[], seeds: number, images: number): Score[] {
  const stream = new RandomStream(1, 'compare-test');
  return arms.flatMap((arm) =>
    Array.from({ length: seeds }, (_, seed) =>
      Array.from({ length: images }, (_, image) => ({
        arm,
        seed: `${seed}`,
        image: `${image}.png`,
        value: stream.uniform(),
      })),
    ).flat(),
  );
}

const scores = scoresOf(['scratch', 'identity', 'denoise'], 4, 8);

test('differences are taken where seed and image are the same, and both arms have them', () => {
  const rows: [string, string, string, number][] = [
    ['b', '1', 'y', 5],
    ['a', '1', 'x', 1],
    ['b', '0', 'x', 7],
    ['a', '0', 'x', 3],
    ['a', '0', 'y', 4],
    ['a', '1', 'y', 0],
    ['b', '0', 'y', 8],
    ['b', '1', 'x', 3],
    ['b', '2', 'x', 9],
    ['a', '0', 'z', 9],
    ['c', '0', 'x', 9],
  ];
  const table = rows.map(([arm, seed, image, value]) => ({ arm, seed, image, value }));
  expect(pairedDifferences(table, 'b', 'a')).toEqual({
    seeds: ['0', '1'],
    images: ['x', 'y'],
    values: [
      [4, 4],
      [2, 5],
    ],
  });
});

test('the order of rows changes nothing but the order of arms', () => {
  const compared = compareArms(scores, 'scratch');
  expect(compared.map(({ arm, seeds, images }) => [arm, seeds, images])).toEqual([
    ['identity', 4, 8],
    ['denoise', 4, 8],
  ]);
  for (const seed of [1, 2, 3]) {
    const shuffled = new RandomStream(seed, 'order').shuffled(scores);
    const again = compareArms(shuffled, 'scratch');
    expect(again.sort((a, b) => b.arm.localeCompare(a.arm))).toEqual(compared);
  }
});

test('the baseline compared with an arm is the mirror of the arm compared with the baseline', () => {
  const pair = scores.filter(({ arm }) => arm !== 'denoise');
  const [there] = compareArms(pair, 'scratch');
  const [back] = compareArms(pair, 'identity');
  expect(back.difference).toBeCloseTo(-there.difference, 12);
  expect(back.ci95[0]).toBeCloseTo(-there.ci95[1], 12);
  expect(back.ci95[1]).toBeCloseTo(-there.ci95[0], 12);
  expect([back.p, back.detectable]).toEqual([there.p, there.detectable]);
});

test('a third arm changes the adjusted p of another, and nothing else', () => {
  const [alone] = compareArms(
    scores.filter(({ arm }) => arm !== 'denoise'),
    'scratch',
  );
  const [beside, other] = compareArms(scores, 'scratch');
  expect({ ...beside, p_holm: alone.p_holm }).toEqual(alone);
  expect(alone.p_holm).toBe(alone.p);
  expect(Math.min(beside.p_holm, other.p_holm)).toBe(Math.min(1, 2 * Math.min(beside.p, other.p)));
});

test('the primary contrast stands outside the family, and nothing else changes', () => {
  const compared = compareArms(scores, 'scratch');
  for (const primary of ['identity', 'denoise']) {
    const again = compareArms(scores, 'scratch', { primary });
    expect(again).toEqual(compared.map((one) => ({ ...one, p_holm: one.p })));
  }
});

test('a primary arm that is not compared is refused', async () => {
  for (const primary of ['denoize', 'scratch']) {
    const message = await refusal(() => compareArms(scores, 'scratch', { primary }));
    expect(message).toContain(`primary: got "${primary}", expected one of identity, denoise`);
  }
});

test('one seed is compared over its images', () => {
  const [compared] = compareArms(scoresOf(['a', 'b'], 1, 20), 'a');
  expect(compared).toMatchObject({ seeds: 1, images: 20, p: 1 });
  expect(compared.ci95[1] - compared.ci95[0]).toBeGreaterThan(0);
});

const isFor = (arm: string, seed: string, image: string) => (score: Score) =>
  score.arm === arm && score.seed === seed && score.image === image;
const ofIdentity = isFor('identity', '2', '5.png');

describe.each<[string, readonly Score[], string, RegExp]>([
  [
    'a missing value',
    scores.filter((s) => !ofIdentity(s)),
    'scratch',
    /^identity, seed 2, image 5\.png: got no value/,
  ],
  [
    'a doubled value',
    [...scores, scores.find(ofIdentity)!],
    'scratch',
    /^identity, seed 2, image 5\.png: got two val/,
  ],
  [
    'what is no number',
    scores.map((s) => (ofIdentity(s) ? { ...s, value: Number.NaN } : s)),
    'scratch',
    /^identity, seed 2, image 5\.png: got the value NaN, expected a finite number/,
  ],
  [
    'no seed in common',
    scores.map((s) => (s.arm === 'denoise' ? { ...s, seed: `1${s.seed}` } : s)),
    'scratch',
    /^denoise and scratch: got no seeds that both have/,
  ],
  [
    'no image in common',
    scores.map((s) => (s.arm === 'denoise' ? { ...s, image: `a${s.image}` } : s)),
    'scratch',
    /^denoise and scratch: got no images that both have/,
  ],
  ['an unknown baseline', scores, 'scrach', /^baseline: got "scrach".*did you mean scratch\?$/],
  ['one arm', scores.filter((s) => s.arm === 'scratch'), 'scratch', /^arms: got scratch alone/],
  ['one value each', scoresOf(['a', 'b'], 1, 1), 'a', /^b and a: got one seed and one image/],
])('%s', (_, rows, baseline, message) => {
  test('is refused, and named', async () => {
    expect(await refusal(() => compareArms(rows, baseline))).toMatch(message);
  });
});
