import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { resizePlane } from '../../src/data/resize.ts';
import { overlap } from '../../src/eval/metrics.ts';
import { maskAt, overlapAt } from '../../src/eval/native.ts';

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
    expect(overlapAt(probabilities, from, { ...to, channels: 1, data })).toEqual(overlap(resized, data));
    expect([...maskAt(probabilities, from, to, 255)]).toEqual(
      Array.from(resized, (p) => (p >= 0.5 ? 255 : 0)),
    );
  }
});

test('from 0.5 on it is lesion', () => {
  const constant = (p: number) => [...maskAt(new Float32Array(1).fill(p), { height: 1, width: 1 }, from)];
  expect(constant(0.5)).toEqual(new Array(30).fill(1));
  expect(constant(0.4999)).toEqual(new Array(30).fill(0));
});
