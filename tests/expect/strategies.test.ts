import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Signals } from '../../src/eval/signals.ts';
import { type Candidate, STRATEGIES, STRATEGY_NAMES, uncertaintyOf } from '../../src/expect/strategies.ts';

/** At an angle of features, in degrees. */
function candidate(degrees: number, signals: Partial<Signals> = {}): Candidate {
  const angle = (degrees * Math.PI) / 180;
  return {
    signals: { soft_dice: 0.9, view_dice: 0.9, unsure: 0.1, empty: 0, ...signals },
    features: Float32Array.of(Math.cos(angle), Math.sin(angle)),
  };
}
const stream = () => new RandomStream(0, 'test');
const choice = (count: number, known: readonly Float32Array[] = []) => ({ count, known, stream: stream() });

test('uncertainty is 1 less the mean of what probabilities promise and how views agree', () => {
  expect(uncertaintyOf({ soft_dice: 0.6, view_dice: 0.8, unsure: 0, empty: 0 })).toBeCloseTo(0.3, 12);
  expect(uncertaintyOf({ soft_dice: 0, view_dice: 1, unsure: 0, empty: 1 })).toBe(0.5);
});

test('every strategy chooses as many different images as are asked for, or all that there are', () => {
  const candidates = Array.from({ length: 30 }, (_, i) =>
    candidate(7 * i, { soft_dice: (i % 7) / 7, empty: i % 3 === 0 ? 1 : 0 }),
  );
  const known = [candidate(5).features];
  for (const name of STRATEGY_NAMES) {
    for (const [count, expected] of [
      [1, 1],
      [8, 8],
      [30, 30],
      [50, 30],
    ]) {
      const chosen = STRATEGIES[name].choose(candidates, choice(count, known));
      expect(new Set(chosen).size, name).toBe(expected);
      expect(chosen, name).toHaveLength(expected);
    }
  }
});

test('drawn at random it depends on the stream alone, and each image is drawn as often', () => {
  const candidates = Array.from({ length: 10 }, (_, i) => candidate(i));
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 2000; draw++) {
    const drawn = new RandomStream(draw, 'random');
    for (const i of STRATEGIES.random.choose(candidates, { count: 3, known: [], stream: drawn })) counts[i]++;
  }
  // 600 expected, with a deviation of 20.
  for (const times of counts) expect(Math.abs(times - 600)).toBeLessThan(100);
  expect(STRATEGIES.random.choose(candidates, choice(4))).toEqual(
    STRATEGIES.random.choose(candidates, choice(4)),
  );
});

test('images in which something is marked come first, the others only where these are too few', () => {
  const candidates = [0, 1, 1, 0, 1].map((empty, i) => candidate(i, { empty }));
  expect([...STRATEGIES['random-marked'].choose(candidates, choice(2))].sort()).toEqual([0, 3]);
  const three = STRATEGIES['random-marked'].choose(candidates, choice(3));
  expect([...three.slice(0, 2)].sort()).toEqual([0, 3]);
  expect([1, 2, 4]).toContain(three[2]);
});

test('the most uncertain come first', () => {
  const candidates = [0.9, 0.2, 0.5, 0.1].map((soft_dice, i) => candidate(i, { soft_dice }));
  expect(STRATEGIES.uncertain.choose(candidates, choice(3))).toEqual([3, 1, 2]);
});

test('diverse ones are farthest from what is known, then from each other', () => {
  const candidates = [10, 90, 100, 170, 350].map((degrees) => candidate(degrees));
  // 170 is farthest from 0; then 90 is 80 from it, 100 is 70, 10 and 350 are 10 from 0.
  expect(STRATEGIES.diverse.choose(candidates, choice(2, [candidate(0).features]))).toEqual([3, 1]);
});

test('of uncertain and diverse ones a sure one is not chosen, however far it is', () => {
  const near = [0, 1, 2, 30].map((degrees) => candidate(degrees, { soft_dice: 0.2 }));
  const chosen = STRATEGIES['uncertain-diverse'].choose(
    [candidate(180), ...near],
    choice(1, [near[0].features]),
  );
  expect(chosen).toEqual([4]);
});
