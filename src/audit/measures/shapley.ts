import { bitsOf } from '../../core/bits.ts';
/** Below this fall of the mean squared error (images in [0, 1]) there is nothing to share out. */
export const LEAST_FALL = 1e-6;

/**
 * Exact Shapley values (Shapley 1953) of the players of a game: each player's mean gain to the value over all orders in
 * which players can join,
 * phi_p = sum over S without p of |S|! (n - |S| - 1)! / n! (v(S with p) - v(S)).
 *
 * @param values 2^n of them: at index S, of the coalition in which player p takes part if bit p of S is set
 * @returns n values, whose sum is `values.at(-1) - values[0]`
 */
export function shapleyValues(values: ArrayLike<number>): number[] {
  const players = Math.log2(values.length);
  if (!Number.isInteger(players)) {
    throw new Error(`shapley: got ${values.length} values, expected a power of two`);
  }
  // 1 / (n binomial(n - 1, size))
  const weights = Array.from({ length: players }, (_, size) => {
    let orders = players;
    for (let k = 0; k < size; k++) orders *= (players - 1 - k) / (k + 1);
    return 1 / orders;
  });
  return Array.from({ length: players }, (_, player) => {
    const bit = 1 << player;
    let sum = 0;
    for (let coalition = 0; coalition < values.length; coalition++) {
      if (coalition & bit) continue;
      sum += weights[bitsOf(coalition)] * (values[coalition | bit] - values[coalition]);
    }
    return sum;
  });
}

/**
 * Shares of the players in the fall of the error from the empty coalition to the whole: they sum to 1, may be negative and
 * are not clamped.
 *
 * @param errors mean squared errors of all coalitions, as `shapleyValues` takes them
 * @returns undefined where the error does not change
 */
export function shapleyShares(errors: ArrayLike<number>): number[] | undefined {
  const fall = errors[0] - errors[errors.length - 1];
  if (Math.abs(fall) < LEAST_FALL) return undefined;
  return shapleyValues(errors).map((value) => -value / fall);
}
