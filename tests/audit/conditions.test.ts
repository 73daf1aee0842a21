import { expect, test } from 'vitest';
import { derangement } from '../../src/audit/audit-images.ts';
import { type Conditions, conditionsOf, keyOf, MOST_PATHS } from '../../src/audit/conditions.ts';
import { bootstrapInterval } from '../../src/audit/measures/bootstrap.ts';
import { pathsOf } from '../../src/audit/paths.ts';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';

test('paths are the skips, shallow to deep, and the bottleneck', () => {
  expect(pathsOf(mobileNetV2).map(({ name, stride }) => `${name} ${stride}`)).toEqual([
    'skip1 2',
    'skip2 4',
    'skip3 8',
    'skip4 16',
    'bottleneck 32',
  ]);
});

test('coalitions run from nothing to the whole, and each condition is measured once', () => {
  const { coalitions, whole, without, all } = conditionsOf(5);
  expect(coalitions[0].every((content) => content === 'mean')).toBe(true);
  expect(coalitions[31]).toEqual(whole);
  expect(coalitions[31 - 4]).toEqual(without(2, 'mean'));
  expect(new Set(all.map(keyOf)).size).toBe(all.length);
  // 32 coalitions; of each path zeros and another's; another's in all skips, zeros in all skips.
  expect(all).toHaveLength(32 + 5 + 5 + 1 + 1);
});

test.each([1, 2, 3, 6])('all that is asked for is measured with %i paths', (count) => {
  const { whole, without, coalitions, swaps, depthAlone, all }: Conditions = conditionsOf(count);
  const measured = new Set(all.map(keyOf));
  const asked = [whole, ...coalitions, ...Object.values(swaps ?? {}), ...Object.values(depthAlone)];
  const replaced = whole.flatMap((_, path) =>
    (['zero', 'mean', 'shuffle'] as const).map((replacement) => without(path, replacement)),
  );
  for (const condition of [...asked, ...replaced]) {
    expect(condition).toHaveLength(count);
    expect(measured).toContain(keyOf(condition));
  }
  expect(coalitions).toHaveLength(2 ** count);
});

test('where there is only a bottleneck, nothing is exchanged, and it is always alone', () => {
  const { swaps, depthAlone, whole } = conditionsOf(1);
  expect(swaps).toBeUndefined();
  expect(depthAlone).toEqual({ zero: whole, mean: whole });
});

test('more paths than can be measured in every combination are refused', () => {
  expect(conditionsOf(MOST_PATHS).coalitions).toHaveLength(1024);
  expect(() => conditionsOf(MOST_PATHS + 1)).toThrow(/audit: got a network with 11 paths.*at most 10/);
});

test.each([2, 3, 7, 120])('in a derangement of %i nothing stays in its place', (count) => {
  for (let seed = 0; seed < 20; seed++) {
    const order = derangement(count, new RandomStream(seed));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(order.some((other, i) => other === i)).toBe(false);
  }
});

test('the bootstrap interval of a mean is about 2 standard errors to each side', () => {
  const stream = new RandomStream('values');
  const values = Array.from({ length: 400 }, () => stream.normal());
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [low, high] = bootstrapInterval(
    values.length,
    (sample) => sample.reduce((sum, i) => sum + values[i], 0) / sample.length,
    new RandomStream('bootstrap'),
  )!;
  expect(low).toBeCloseTo(average - 1.96 / 20, 1);
  expect(high).toBeCloseTo(average + 1.96 / 20, 1);
  expect(low).toBeLessThan(average);
});

test('there is no interval where the statistic has no value', () => {
  expect(bootstrapInterval(5, () => undefined, new RandomStream(0))).toBeUndefined();
});
