import { count, fixed, listed, plainMinus } from '../../core/format.ts';
import type { Budget, FoundCurve, MoreMasks, StudyFindings } from '../../records/study-findings.ts';
import type { Estimate } from '../../stats/learning-curve.ts';

/** What more masks would buy, in plain words: a hundredth of Dice is a point. */
export function moreMasksSentence(
  { arm, masks, more }: Pick<MoreMasks, 'arm' | 'masks' | 'more'>,
  budgets: readonly Budget[],
  found: FoundCurve | string,
): string {
  const asked = `${count(more, 'mask')} more than ${number(masks)}`;
  if (typeof found === 'string') {
    return `${arm}: what ${asked} would buy cannot be said with so few masks or seeds: ${found}.`;
  }
  return `${arm}: ${asked}: ${points(found.gain)}. ${checkOf(found, budgets)}`;
}

/** Of every arm; nothing for a study of one budget of masks. */
export const moreMasksLines = ({ more_masks: found = [] }: StudyFindings): string[] =>
  found.map(({ sentence }) => sentence);

/** `+1.9 points of Dice (95 % interval 0.4 to 3.3)` */
function points({ value, ci95 }: Estimate): string {
  const [low, high] = ci95.map((end) => fixed(100 * end, 1));
  return `+${fixed(100 * value, 1)} points of Dice (95 % interval ${low} to ${high})`;
}

function checkOf({ held_out: found }: FoundCurve, budgets: readonly Budget[]): string {
  if (!found) return `The law behind it is not checked: that takes ${budgets.length + 1} budgets of masks.`;
  const { masks, seen, predicted, held } = found;
  const others = listed(budgets.slice(0, -1).map((budget) => number(budget.masks)));
  const [low, high] = predicted.ci95.map((end) => plainMinus(fixed(end)));
  const expected = `from ${others} masks it expects ${low} to ${high} with ${number(masks)}`;
  return held
    ? `Checked: ${expected}, and ${fixed(seen)} was seen.`
    : `Do not rely on it: ${expected}, but ${fixed(seen)} was seen, so the law behind it does not hold here.`;
}

const number = (masks: number): string => `${Number(masks.toFixed(1))}`;
