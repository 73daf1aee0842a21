import { expect, test } from 'vitest';
import { SignalWatch } from '../../src/eval/signal-watch.ts';
import { signalsOf } from '../../src/eval/signals.ts';

const marked = (probabilities: readonly number[]) => ({
  mask: Uint8Array.from(probabilities, (p) => (p >= 0.5 ? 1 : 0)),
  probabilities: Float32Array.from(probabilities),
});

test('signals of one class are those of a calculation by hand', () => {
  const views = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 0, 0)];
  const signals = signalsOf([marked([1, 0.5, 0.25, 0])], [[views[0]], [views[1]]]);
  expect(signals.soft_dice).toBeCloseTo((2 * 1.5) / (1.75 + 2), 6);
  expect(signals.view_dice).toBeCloseTo((1 + 2 / 3) / 2, 6);
  // 4 p (1 - p): 0, 1, 0.75, 0.
  expect(signals.unsure).toBeCloseTo(1.75 / 3.75, 6);
  expect(signals.empty).toBe(0);
});

test('a sure prediction promises all, and one of nothing says so', () => {
  const sure = Uint8Array.of(1, 1, 0, 0);
  expect(signalsOf([marked([1, 1, 0, 0])], [[sure]])).toEqual({
    soft_dice: 1,
    view_dice: 1,
    unsure: 0,
    empty: 0,
  });
  const none = signalsOf([marked([0, 0, 0.25, 0])], [[Uint8Array.of(0, 0, 0, 0)]]);
  expect(none).toEqual({ soft_dice: 0, view_dice: 1, unsure: 0.75 / 4, empty: 1 });
});

test('of several classes those count that are marked, in the mean or in a view', () => {
  const [a, b, nothing] = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 0, 1, 0), new Uint8Array(4)];
  const both = [marked([1, 1, 0, 0]), marked([0, 0, 0.25, 0])];
  expect(signalsOf(both, [[a, nothing]]).soft_dice).toBe(1);
  const seen = signalsOf(both, [[a, b]]);
  expect(seen.soft_dice).toBe(0.5);
  expect(seen.view_dice).toBe(0.5);
  expect(seen.empty).toBe(0);
});

test('a watch keeps images apart, and says nothing of an image before it was seen whole', () => {
  const watch = new SignalWatch((output) => [marked([...output])]);
  const size = { height: 2, width: 2 };
  for (const i of [0, 1]) watch.features(i, Float32Array.of(i));
  watch.view(1, Float32Array.of(1, 1, 0, 0), size);
  watch.view(0, Float32Array.of(0, 0, 1, 1), size);
  watch.view(0, Float32Array.of(0, 0, 1, 0), size);
  watch.mean(0, Float32Array.of(0, 0, 1, 0.5), size);
  watch.mean(1, Float32Array.of(1, 1, 0, 0), size);
  expect(watch.of(0).signals.view_dice).toBeCloseTo((1 + 2 / 3) / 2, 6);
  expect(watch.of(1)).toEqual({
    signals: { soft_dice: 1, view_dice: 1, unsure: 0, empty: 0 },
    features: Float32Array.of(1),
  });
});
