import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shapleyShares, shapleyValues } from '../../src/audit/measures/shapley.ts';

/** Every order in which players can join. */
function orders(players: readonly number[]): number[][] {
  if (players.length === 0) return [[]];
  return players.flatMap((first) =>
    orders(players.filter((player) => player !== first)).map((rest) => [first, ...rest]),
  );
}

/** Mean gains over all orders, one by one. */
function byOrders(values: readonly number[], players: number): number[] {
  const gains = Array.from({ length: players }, () => 0);
  const all = orders([...gains.keys()]);
  for (const order of all) {
    let coalition = 0;
    for (const player of order) {
      gains[player] += (values[coalition | (1 << player)] - values[coalition]) / all.length;
      coalition |= 1 << player;
    }
  }
  return gains;
}

const numbers = (count: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: count, maxLength: count });

test.each([1, 2, 3, 5])('values of %i players are their mean gains over all orders', (players) => {
  fc.assert(
    fc.property(numbers(2 ** players), (values) => {
      const found = shapleyValues(values);
      for (const [i, gain] of byOrders(values, players).entries()) expect(found[i]).toBeCloseTo(gain, 12);
    }),
  );
});

test('the glove game: one left glove, two right ones, a pair is worth 1', () => {
  const worth = (coalition: number) => (coalition & 1 && coalition & 6 ? 1 : 0);
  const values = Array.from({ length: 8 }, (_, coalition) => worth(coalition));
  const expected = [2 / 3, 1 / 6, 1 / 6];
  for (const [i, value] of shapleyValues(values).entries()) expect(value).toBeCloseTo(expected[i], 12);
});

describe('shares', () => {
  test('sum to 1, also where the error rises', () => {
    fc.assert(
      fc.property(numbers(32), (errors) => {
        const shares = shapleyShares(errors);
        if (Math.abs(errors[0] - errors[31]) < 1e-3) return;
        expect(shares!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      }),
    );
  });

  test('are not clamped: a path that hurts has a negative one', () => {
    // The error falls by 3 with player 0 and rises by 1 with player 1.
    const [first, second] = shapleyShares([4, 1, 5, 2])!;
    expect(first).toBeCloseTo(1.5, 12);
    expect(second).toBeCloseTo(-0.5, 12);
  });

  test('are undefined where the error does not change', () => {
    expect(shapleyShares([0.1, 0.2, 0.3, 0.1 + 0.9e-6])).toBeUndefined();
    expect(shapleyShares([0.1, 0.2, 0.3, 0.1 + 1.1e-6])).toBeDefined();
  });
});

test('refuses a number of values that is no power of two', () => {
  expect(() => shapleyValues([1, 2, 3])).toThrow('shapley: got 3 values');
});
