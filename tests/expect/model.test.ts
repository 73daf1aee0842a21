import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { errorOf, expecting, falseAlarms } from '../../src/expect/expectation.ts';
import { expectedScore, fitScoreModel, type Known } from '../../src/expect/model.ts';
import { nearest } from '../../src/expect/nearest.ts';
import { summariseExpected } from '../../src/runs/expected-summary.ts';

/** Scores that follow the signals, but for noise. */
function imagesOf(count: number, noise: number, name: string): Known[] {
  const stream = new RandomStream('score model', name);
  return Array.from({ length: count }, () => {
    const [soft, view, unsure] = [stream.uniform(), stream.uniform(), stream.uniform()];
    const score = 0.1 + 0.6 * soft + 0.2 * view + noise * stream.normal();
    return {
      predictors: { soft_dice: soft, view_dice: view, unsure, empty: 0, distance: 0.1 * stream.uniform() },
      score: Math.min(1, Math.max(0, score)),
    };
  });
}

describe('a model of scores', () => {
  test('finds what scores follow, and says so of other images', () => {
    const { model } = fitScoreModel(imagesOf(60, 0, 'exact'));
    for (const { predictors, score } of imagesOf(40, 0, 'others'))
      expect(expectedScore(model, predictors)).toBeCloseTo(score, 1);
  });

  test('expects the mean where scores follow nothing', () => {
    const stream = new RandomStream('nothing');
    const known = imagesOf(30, 0, 'nothing').map((image) => ({
      ...image,
      score: 0.5 + 0.1 * stream.normal(),
    }));
    const { model } = fitScoreModel(known);
    for (const { predictors } of imagesOf(40, 0, 'others'))
      expect(Math.abs(expectedScore(model, predictors) - 0.5)).toBeLessThan(0.12);
  });

  test('what images left out are expected to score does not know their scores', () => {
    const known = imagesOf(25, 0.05, 'left out');
    const before = fitScoreModel(known).leftOut[7];
    const penalty = fitScoreModel(known).model.penalty;
    const changed = known.map((image, i) => (i === 7 ? { ...image, score: image.score + 0.01 } : image));
    const after = fitScoreModel(changed);
    if (after.model.penalty === penalty) expect(after.leftOut[7]).toBe(before);
    expect(after.model.constant).not.toBe(fitScoreModel(known).model.constant);
  });

  test('a predictor that never changes has no weight', () => {
    const { model } = fitScoreModel(imagesOf(20, 0.1, 'constant'));
    expect(model.weights[3]).toBe(0);
  });
});

describe('what is expected', () => {
  const known = imagesOf(1000, 0.1, 'calibration');
  const { model } = fitScoreModel(imagesOf(60, 0.1, 'fit'));
  const calibration = {
    errors: known.map(({ predictors, score }) => errorOf(expectedScore(model, predictors), score)),
    groups: known.map((_, i) => String(i)),
    distances: known.map(({ predictors }) => predictors.distance),
  };
  const others = imagesOf(2000, 0.1, 'others');

  test.each([0.8, 0.95])('bounds of level %f hold as often for others', (level) => {
    const found = expecting(model, calibration, level);
    const bounded = others.map(({ predictors, score }) => ({ ...found.of(predictors), score }));
    const within = bounded.filter(({ bound, score }) => bound !== undefined && score >= bound).length;
    const share = within / bounded.filter(({ bound }) => bound !== undefined).length;
    // Of 1000 and 2000 images the share has a standard deviation of sqrt(p (1 - p) (1/1000 + 1/2000)).
    const chance = 3 * Math.sqrt(level * (1 - level) * (1 / 1000 + 1 / 2000));
    expect(share).toBeGreaterThan(level - chance);
    expect(share).toBeLessThan(level + chance);
    expect(found.bound).toEqual({ level, units: 1000 });
  });

  test('images that are far from all others have no bound, and few others have none', () => {
    const found = expecting(model, calibration, 0.95);
    const far = found.of({ ...known[0].predictors, distance: 1 });
    expect([far.unlike, far.bound]).toEqual([true, undefined]);
    const alarms = others.filter(({ predictors }) => found.of(predictors).unlike).length / others.length;
    expect(alarms).toBeLessThan(falseAlarms(known.length).rate + 0.03);
  });
});

test('the nearest by the angle', () => {
  const others = [Float32Array.of(1, 0), Float32Array.of(0, 2)];
  expect(nearest(Float32Array.of(0, 5), others)).toBe(0);
  expect(nearest(Float32Array.of(-1, 0), others)).toBe(1);
  expect(nearest(Float32Array.of(1, 1), others)).toBeCloseTo(1 - Math.SQRT1_2, 6);
  expect(nearest(Float32Array.of(0, 0), others)).toBe(1);
  expect(nearest(Float32Array.of(1, 1), [])).toBe(Number.POSITIVE_INFINITY);
});

test('a set that is drawn as the calibration was is rarely called another, however few or many it has', () => {
  const stream = new RandomStream('sets');
  const drawn = (n: number) => Array.from({ length: n }, () => stream.uniform());
  const model = { constant: 0.8, weights: [0, 0, 0, 0, 0], penalty: 1 };
  const zero = { soft_dice: 0, view_dice: 0, unsure: 0, empty: 0 };
  for (const [units, images] of [
    [5, 100],
    [20, 100],
    [60, 1000],
  ]) {
    const sets = 200;
    let warned = 0;
    for (let set = 0; set < sets; set++) {
      const distances = drawn(units);
      const calibration = {
        ...{ distances, errors: distances.map(() => 0), groups: distances.map((_, i) => String(i)) },
      };
      const expecter = expecting(model, calibration, 0.95);
      const predictions = drawn(images).map((distance) => ({ expected: expecter.of({ ...zero, distance }) }));
      const basis = { of: 'test' as const, images: units, ...expecter.bound };
      if (summariseExpected(basis, predictions).warnings.some((text) => text.includes('not drawn'))) warned++;
    }
    // Of 200 sets 2 are expected; more than 8 have a probability below 0.001.
    expect(warned, `${units} units`).toBeLessThanOrEqual(8);
  }
});
