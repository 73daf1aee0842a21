import { expect, test } from 'vitest';
import type { Trial } from '../../src/runs/trial.node.ts';
import { trialWords } from '../../src/runs/trial-words.ts';

/** Differences against drawing at random, and at random among images in which something is marked. */
const advised = (...differences: readonly (readonly [number, number, number])[]) => {
  const chosen = differences.map(([difference, ...ci95], i) => ({
    ...{ against: ['random', 'random-marked'][i], difference, ci95, detectable: 0.02 },
  }));
  const more = { difference: 0.03, ci95: [0.01, 0.05] };
  return trialWords({ strategy: 'uncertain', count: 20, start: 20, chosen, more } as unknown as Trial)[0];
};

test('what is advised is the strategy that was not beaten', () => {
  expect(advised([0.03, 0.01, 0.05], [0.02, 0.01, 0.03])).toMatch(/^Choose by uncertain: /);
  expect(advised([-0.03, -0.05, -0.01], [0.02, 0.01, 0.03])).toMatch(/^Do not choose .* worse than random\./);
  expect(advised([0.03, 0.01, 0.05], [0.002, -0.01, 0.014])).toMatch(
    /^Draw at random among the images in which the network marks something: /,
  );
  expect(advised([0.002, -0.01, 0.014], [0.02, 0.005, 0.035])).toMatch(/^Draw at random: uncertain is not/);
  expect(advised([0.002, -0.01, 0.014], [0.002, -0.01, 0.014])).toMatch(/^Draw at random: uncertain is not/);
});
