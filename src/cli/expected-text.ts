import type { Expectation, ExpectedCheck, ExpectedSummary } from '../index.ts';

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
const short = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '-');

/** What lower bounds rest on, and whether they are guaranteed. */
function basisText({ of, images, units, level }: ExpectedSummary['basis']): string {
  const groups = units < images ? ` in ${units} groups` : '';
  return of === 'test'
    ? `lower bounds of ${percent(level)}, by ${images} test images${groups}: guaranteed for images that are drawn as these were`
    : `lower bounds of ${percent(level)}, by ${images} masks${groups} that other networks held out: approximate, and for images drawn as these were`;
}

/** Of images without truth. */
export function expectedText(summary: ExpectedSummary): string {
  const { images, dice, bound, unlike, basis } = summary;
  return [
    `expected Dice ${short(dice)}, mean of ${images} images${bound === undefined ? '' : `; mean of the lower bounds ${short(bound)}`}`,
    basisText(basis),
    ...(unlike > 0 ? [`${unlike} of ${images} images are unlike those of the training: no lower bound`] : []),
  ].join('\n');
}

/** Of images whose truth is known, too. */
export function expectedCheckText(check: ExpectedCheck): string {
  const { dice, true_dice, rank_correlation, coverage } = check;
  return [
    expectedText(check),
    `true Dice ${short(true_dice)}, expected ${short(dice)}; rank correlation of the two ${short(rank_correlation)}`,
    `${Number.isFinite(coverage) ? percent(coverage) : 'none'} of the lower bounds hold, of ${percent(check.basis.level)} promised`,
  ].join('\n');
}

export function expectationText({ run, folds, held_out, test }: Expectation): string {
  const { images, dice, true_dice, mean_error, rank_correlation } = held_out;
  return [
    `${images} masks, held out in ${folds} parts: Dice ${short(true_dice)}, expected ${short(dice)}; mean error ${short(mean_error)}, rank correlation ${short(rank_correlation)}`,
    ...(test
      ? ['test images, against what the masks that were held out let expect:', expectedCheckText(test)]
      : []),
    `now: npx fewmask predict ${run} IMAGES --out DIR --expect`,
  ].join('\n');
}
