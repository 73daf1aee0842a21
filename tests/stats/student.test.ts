import { expect, test } from 'vitest';
import { normalQuantile } from '../../src/stats/normal-quantile.ts';
import { studentCdf, studentQuantile } from '../../src/stats/student.ts';

// Rows of the table in Fisher and Yates, Statistical Tables, as in every textbook.
test.each([
  [1, [3.0777, 6.3138, 12.7062, 63.6567]],
  [2, [1.8856, 2.92, 4.3027, 9.9248]],
  [5, [1.4759, 2.015, 2.5706, 4.0321]],
  [10, [1.3722, 1.8125, 2.2281, 3.1693]],
  [30, [1.3104, 1.6973, 2.0423, 2.75]],
  [120, [1.2886, 1.6577, 1.9799, 2.6174]],
])('t with %i degrees of freedom has the quantiles of the tables', (freedom, expected) => {
  for (const [i, probability] of [0.9, 0.95, 0.975, 0.995].entries()) {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(expected[i], 4);
    expect(studentQuantile(1 - probability, freedom)).toBeCloseTo(-expected[i], 4);
  }
});

test('with one and two degrees of freedom the distribution has a closed form', () => {
  for (const t of [-20, -1.3, -0.01, 0, 0.4, 3, 100]) {
    expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
    expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
  }
});

test('degrees of freedom need not be whole numbers', () => {
  // scipy.stats.t
  expect(studentQuantile(0.975, 5.5)).toBeCloseTo(2.501858617589239, 11);
  expect(studentQuantile(0.8, 0.98)).toBeCloseTo(1.3919125765125953, 11);
  expect(studentCdf(4, 5.5)).toBeCloseTo(0.995747542212585, 12);
});

test('normal quantiles are those of the tables, and what t comes to with many degrees of freedom', () => {
  const published = [
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167814],
    [1e-10, -6.361340902404056],
  ];
  for (const [probability, quantile] of published)
    expect(normalQuantile(probability)).toBeCloseTo(quantile, 13);
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect(studentQuantile(0.975, 1e6)).toBeCloseTo(normalQuantile(0.975), 5);
});
