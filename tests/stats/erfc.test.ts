import { expect, test } from 'vitest';
import { erfc } from '../../src/stats/erfc.ts';

// Abramowitz and Stegun, table 7.1, and for the larger ones scipy.special.erfc.
test.each([
  [0, 1],
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [3, 2.209049699858544e-5],
  [5, 1.5374597944280349e-12],
  [10, 2.0884875837625449e-45],
])('erfc(%d), to twelve digits', (x, expected) => {
  expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(1e-12);
});

test('the series and the fraction meet', () => {
  // The slope there is -2 / sqrt(pi) exp(-4) = -0.0207.
  expect(erfc(2 - 1e-9) - erfc(2)).toBeCloseTo(2.07e-11, 13);
});
