import { describe, expect, test } from 'vitest';
import { areaUnderCurve, LinearProbe, labelsAt } from '../../src/audit/measures/linear-probe.ts';
import { RandomStream } from '../../src/core/random.ts';

describe('the area under the ROC curve', () => {
  test.each([2, 5, 1000])('is the share of pairs in order, scores of %i kinds', (kinds) => {
    const stream = new RandomStream('auc', kinds);
    const labels = Array.from({ length: 80 }, () => stream.integer(2));
    const scores = labels.map((label) => stream.integer(kinds) + label * stream.integer(kinds));
    const pairs = labels.flatMap((one, i) =>
      labels.flatMap((zero, j) =>
        one === 1 && zero === 0 ? [(Math.sign(scores[i] - scores[j]) + 1) / 2] : [],
      ),
    );
    expect(areaUnderCurve(scores, labels)).toBeCloseTo(pairs.reduce((a, b) => a + b) / pairs.length, 12);
  });

  test('by hand', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [0, 0, 1, 1])).toBe(1);
    expect(areaUnderCurve([1, 2, 3, 4], [1, 1, 0, 0])).toBe(0);
    expect(areaUnderCurve([5, 5, 5], [0, 1, 1])).toBe(0.5);
    expect(areaUnderCurve([1, 2], [1, 1])).toBeNaN();
  });
});

describe('a probe on images it has not seen', () => {
  const [channels, area] = [6, 400];
  /** Noise in which labels move the features by `shift`, each in its own direction. */
  function picture(name: string, shift: number) {
    const stream = new RandomStream('probe', name);
    const labels = Float32Array.from({ length: area }, () => (stream.uniform() < 0.2 ? 1 : 0));
    const features = Float32Array.from(
      { length: channels * area },
      (_, i) => stream.normal() + shift * labels[i % area] * ((Math.floor(i / area) % 2) - 0.5),
    );
    return { features, labels };
  }
  function score(shift: number): number {
    const probe = new LinearProbe(channels);
    for (const name of ['a', 'b', 'c']) {
      const { features, labels } = picture(name, shift);
      probe.add(features, labels);
    }
    const { features, labels } = picture('other', shift);
    return areaUnderCurve(probe.solve()(features), labels);
  }

  test('features that separate', () => expect(score(10)).toBeGreaterThan(0.9999));
  // The classes' means are sqrt(6)/2 standard deviations apart: Phi(sqrt(6)/2 / sqrt(2)) = 0.807 at best.
  test('features that overlap', () => expect(Math.abs(score(1) - 0.807)).toBeLessThan(0.05));
  test('features that say nothing', () => expect(Math.abs(score(0) - 0.5)).toBeLessThan(0.08));
});

test('labels of a level are 1 where more than half of the pixels are', () => {
  const mask = [
    [1, 1, 1, 0],
    [1, 0, 1, 0],
    [0, 0, 1, 1],
    [0, 1, 1, 1],
  ].flat();
  expect(labelsAt(mask, { height: 4, width: 4 }, 2)).toEqual(Float32Array.of(1, 0, 0, 1));
  expect(labelsAt(mask, { height: 4, width: 4 }, 4)).toEqual(Float32Array.of(1));
  expect(labelsAt(mask, { height: 2, width: 8 }, 1)).toEqual(Float32Array.from(mask));
});
