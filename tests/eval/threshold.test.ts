import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { PLAIN_RULE } from '../../src/eval/mask-rule.ts';
import { scoresAt } from '../../src/eval/native.ts';
import { bestThreshold, diceAtThresholds, THRESHOLDS } from '../../src/eval/threshold.ts';

const stream = new RandomStream('threshold');
const from = { height: 6, width: 5 };

test.each<[string, typeof from, () => number]>([
  ['resized', { height: 13, width: 9 }, () => stream.uniform()],
  ['at the thresholds themselves', from, () => stream.integer(21) / 20],
  ['all 0', from, () => 0],
  ['all 1', from, () => 1],
])('at each threshold the Dice that scoring finds: %s', (_, to, draw) => {
  const probabilities = Float32Array.from({ length: 30 }, draw);
  const data = Uint8Array.from({ length: to.height * to.width }, () => stream.integer(2));
  const truth = { ...to, channels: 1, data };
  expect(diceAtThresholds(probabilities, from, truth)).toEqual(
    THRESHOLDS.map((threshold) => scoresAt(probabilities, from, truth, { ...PLAIN_RULE, threshold }).dice),
  );
});

test('nothing there: right where nothing is found', () => {
  const truth = { ...from, channels: 1, data: new Uint8Array(30) };
  expect(diceAtThresholds(new Float32Array(30).fill(0.3), from, truth)).toEqual(
    THRESHOLDS.map((threshold) => (Math.fround(0.3) >= threshold ? 0 : 1)),
  );
});

test('the best is that of the mean over images; of equals the nearest to 0.5', () => {
  const at = (best: Readonly<Record<number, number>>) =>
    THRESHOLDS.map((threshold) => best[threshold] ?? 0.2);
  expect(bestThreshold([at({ 0.3: 0.9, 0.4: 0.8 }), at({ 0.4: 0.6, 0.5: 0.4 })])).toEqual({
    threshold: 0.4,
    dice: 0.7,
    dice_at_half: expect.closeTo(0.3, 12),
  });
  expect(bestThreshold([at({ 0.1: 0.9, 0.35: 0.9, 0.9: 0.9 })]).threshold).toBe(0.35);
  expect(bestThreshold([at({})])).toEqual({ threshold: 0.5, dice: 0.2, dice_at_half: 0.2 });
});
