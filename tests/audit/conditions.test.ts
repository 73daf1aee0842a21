import { expect, test } from 'vitest';
import { derangement } from '../../src/audit/audit-images.ts';
import { COALITIONS, CONDITIONS, keyOf, WHOLE, without } from '../../src/audit/conditions.ts';
import { bootstrapInterval } from '../../src/audit/measures/bootstrap.ts';
import { PATHS } from '../../src/audit/paths.ts';
import { RandomStream } from '../../src/core/random.ts';

test('paths are the skips from stride 2 on and the bottleneck', () => {
  expect(PATHS.map(({ name, stride }) => `${name} ${stride}`)).toEqual([
    'skip1 2',
    'skip2 4',
    'skip3 8',
    'skip4 16',
    'bottleneck 32',
  ]);
});

test('coalitions run from nothing to the whole, and each condition is measured once', () => {
  expect(COALITIONS[0].every((content) => content === 'mean')).toBe(true);
  expect(COALITIONS[31]).toEqual(WHOLE);
  expect(COALITIONS[31 - 4]).toEqual(without(2, 'mean'));
  expect(new Set(CONDITIONS.map(keyOf)).size).toBe(CONDITIONS.length);
  // 32 coalitions; of each path zeros and another's; another's in all skips, zeros in all skips.
  expect(CONDITIONS).toHaveLength(32 + 5 + 5 + 1 + 1);
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
