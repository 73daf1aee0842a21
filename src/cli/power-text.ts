import { count } from '../core/format.ts';
import type { StudyPlan } from '../index.ts';

/** What a study will be able to show, for the terminal. */
export function powerText(power: NonNullable<StudyPlan['power']>): string[] {
  const { metric, labels, seeds, images, groups, comparisons, least_seeds, smallest, asked, origin } = power;
  const units = groups === undefined ? `${images} test images` : `${images} test images in ${groups} groups`;
  const of = `${metric} with ${labels === 'all' ? 'all' : labels} masks`;
  const adjusted = comparisons > 1 ? `, adjusted for ${comparisons} arms` : '';
  const found = `a true difference in ${of} of ${smallest.toFixed(3)} is found in 80 of 100 such studies${adjusted}`;
  return [
    '',
    seeds < least_seeds
      ? `with ${count(seeds, 'seed')} nothing can be claimed, however large the difference: that takes ${least_seeds} seeds. With these and ${units}, ${found}`
      : `with ${count(seeds, 'seed')} and ${units}, ${found}`,
    ...(asked
      ? [
          asked.seeds === undefined
            ? `a difference of ${asked.difference} is not found with 64 seeds either: it takes more test images, too`
            : `a difference of ${asked.difference} takes ${asked.seeds} seeds`,
        ]
      : []),
    `variance: ${origin}`,
    '',
  ];
}
