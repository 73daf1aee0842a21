import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { addErrors, BINS, calibrationOf, noErrors } from '../../src/eval/calibration.ts';

function calibration(probabilities: ArrayLike<number>, truth: ArrayLike<number>) {
  const sums = noErrors();
  addErrors(sums, probabilities, truth);
  return calibrationOf(sums);
}

/** 100 pixels of one probability, of which some are lesion. */
const field = (p: number, lesion: number) => ({
  probabilities: new Array<number>(100).fill(p),
  truth: Array.from({ length: 100 }, (_, i) => (i < lesion ? 1 : 0)),
});

test('probabilities that are right: the error is 0, the Brier score their variance', () => {
  const fields = [0, 0.25, 0.5, 0.75, 1].map((p) => field(p, 100 * p));
  const { brier, ece } = calibration(
    fields.flatMap(({ probabilities }) => probabilities),
    fields.flatMap(({ truth }) => truth),
  );
  expect(ece).toBe(0);
  expect(brier).toBeCloseTo((0 + 0.1875 + 0.25 + 0.1875 + 0) / 5, 12);
});

test('drawn with their own probabilities, many pixels have nearly no error', () => {
  const random = new RandomStream('calibration');
  const probabilities = Float32Array.from({ length: 200_000 }, () => random.uniform());
  const truth = Uint8Array.from(probabilities, (p) => (random.uniform() < p ? 1 : 0));
  const { brier, ece } = calibration(probabilities, truth);
  // Expected of chance: 15 sqrt(2 / pi) (pi / 8) sqrt(13333) / 200000 = 0.0027.
  expect(ece).toBeLessThan(0.005);
  expect(brier).toBeCloseTo(1 / 6, 2);
  expect(calibration(probabilities.map(Math.sqrt), truth).ece).toBeCloseTo(2 / 3 - 1 / 2, 2);
});

test.each([
  ['half sure everywhere, half of it lesion', 0.5, 50, 0.25, 0],
  ['half sure everywhere, none of it lesion', 0.5, 0, 0.25, 0.5],
  ['sure of lesion, all of it lesion', 1, 100, 0, 0],
  ['sure of lesion, a quarter of it lesion', 1, 25, 0.75, 0.75],
  ['sure of none, and none', 0, 0, 0, 0],
  ['too sure', 0.75, 50, 0.3125, 0.25],
])('%s', (_, p, lesion, brier, ece) => {
  const { probabilities, truth } = field(p, lesion);
  const found = calibration(probabilities, truth);
  expect(found.brier).toBeCloseTo(brier, 12);
  expect(found.ece).toBeCloseTo(ece, 12);
});

describe('bins', () => {
  test('errors within a bin cancel, between bins they add up', () => {
    // Bin 6 is from 0.4 to below 0.4667.
    expect(calibration([0.40625, 0.4375], [1, 0]).ece).toBeCloseTo((1 - 0.84375) / 2, 12);
    expect(calibration([0.375, 0.4375], [1, 0]).ece).toBeCloseTo((0.625 + 0.4375) / 2, 12);
  });

  test('hold their lower edges, and the last one 1 as well', () => {
    expect(BINS).toBe(15);
    // 0.2 = 3/15 begins bin 3.
    expect(calibration([0.2, 0.19], [1, 0]).ece).toBeCloseTo((0.8 + 0.19) / 2, 12);
    expect(calibration([0.2, 0.21], [1, 0]).ece).toBeCloseTo((0.8 - 0.21) / 2, 12);
    expect(calibration([1, 0.95], [0, 1]).ece).toBeCloseTo((1 - 0.05) / 2, 12);
  });

  test('say the same of rows that come one after the other', () => {
    const random = new RandomStream('rows');
    const probabilities = Float32Array.from({ length: 60 }, () => random.uniform());
    const truth = Uint8Array.from(probabilities, () => random.integer(2));
    const sums = noErrors();
    for (let i = 0; i < 60; i += 12) {
      addErrors(sums, probabilities.subarray(i, i + 12), truth.subarray(i, i + 12));
    }
    const { brier, ece } = calibration(probabilities, truth);
    expect(calibrationOf(sums).brier).toBeCloseTo(brier, 12);
    expect(calibrationOf(sums).ece).toBeCloseTo(ece, 12);
  });
});
