import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { resizePlane } from '../../src/data/decode/resize.ts';
import { boundaryAgreement } from '../../src/eval/boundary.ts';
import { METRIC_NAMES } from '../../src/eval/metrics.ts';
import { maskAt, scoresAt } from '../../src/eval/native.ts';
import { overlap } from '../../src/eval/overlap.ts';

const random = new RandomStream('native');
const from = { height: 6, width: 5 };
const probabilities = Float32Array.from({ length: 30 }, () => random.uniform());

test('row by row gives what the whole resized plane does', () => {
  for (const to of [
    { height: 13, width: 3 },
    { height: 6, width: 5 },
    { height: 2, width: 40 },
  ]) {
    const resized = resizePlane(probabilities, from, to);
    const data = Uint8Array.from(resized, () => random.integer(2));
    const predicted = resized.map((p) => (p >= 0.5 ? 1 : 0));
    const scores = scoresAt(probabilities, from, { ...to, data });
    expect(Object.keys(scores)).toEqual(METRIC_NAMES);
    expect(scores).toMatchObject(overlap(resized, data));
    expect(scores).toMatchObject(boundaryAgreement(Uint8Array.from(predicted), data, to));
    const errors = [...resized].map((p, i) => p - data[i]);
    const bins = Array.from({ length: 15 }, (_, bin) =>
      errors.filter((_, i) => resized[i] * 15 >= bin && resized[i] * 15 < bin + 1),
    );
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    expect(scores.brier).toBeCloseTo(sum(errors.map((error) => error ** 2)) / errors.length, 12);
    expect(scores.ece).toBeCloseTo(sum(bins.map((bin) => Math.abs(sum(bin)))) / errors.length, 12);
    expect([...maskAt(probabilities, from, to, 255)]).toEqual(
      Array.from(resized, (p) => (p >= 0.5 ? 255 : 0)),
    );
  }
});

test('nothing predicted, and nothing there: calibration is still told', () => {
  const to = { height: 30, width: 40 };
  const truth = { ...to, data: new Uint8Array(1200) };
  const unsure = new Float32Array(30).fill(0.25);
  expect(scoresAt(unsure, from, truth)).toEqual({
    ...{ dice: 1, iou: 1, precision: 1, recall: 1, nsd: 1, hd95: 0 },
    ...{ brier: 0.0625, ece: 0.25 },
  });
  truth.data[615] = 1;
  expect(scoresAt(unsure, from, truth)).toMatchObject({ dice: 0, nsd: 0, hd95: 50 });
});

test('from 0.5 on it is lesion', () => {
  const constant = (p: number) => [...maskAt(new Float32Array(1).fill(p), { height: 1, width: 1 }, from)];
  expect(constant(0.5)).toEqual(new Array(30).fill(1));
  expect(constant(0.4999)).toEqual(new Array(30).fill(0));
});
