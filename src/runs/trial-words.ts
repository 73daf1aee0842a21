import { count as counted, range, signed } from '../core/format.ts';
import type { Trial } from './trial.node.ts';

/** Masks that bring less than this, in Dice, are hardly worth their work. */
const LITTLE = 0.01;

/** What a trial says, a sentence each: whether to choose, and what more masks bring. */
export function trialWords(trial: Trial): string[] {
  return [choiceWords(trial), moreWords(trial)];
}

function choiceWords({ strategy, chosen }: Trial): string {
  const better = chosen.filter(({ ci95 }) => ci95[0] > 0);
  const told = chosen
    .map(({ against, difference, ci95 }) => `${signed(difference)} (${range(ci95)}) against ${against}`)
    .join(', ');
  if (better.length === chosen.length && chosen.length > 0) return `Choose by ${strategy}: Dice ${told}.`;
  const worse = chosen.find(({ ci95 }) => ci95[1] < 0);
  if (worse) return `Do not choose by ${strategy}: it is worse than ${worse.against}. Dice ${told}.`;
  const { detectable } = chosen[0];
  const shown = `a difference of ${detectable.toFixed(3)} would be seen in four of five such trials`;
  const rival = chosen.find(({ ci95 }) => ci95[0] <= 0)!.against;
  return `${rival === 'random-marked' ? 'Draw at random among the images in which the network marks something' : 'Draw at random'}: ${strategy} is not seen to be better. Dice ${told}; ${shown}.`;
}

function moreWords({ count, start, more: { difference, ci95 } }: Trial): string {
  const gain = `${counted(count, 'more mask')}, drawn at random after ${start}: Dice ${signed(difference)} (${range(ci95)})`;
  if (ci95[1] < LITTLE) return `${gain}. Stop here: more masks of this kind bring next to nothing.`;
  if (ci95[0] > 0) return `${gain}. More masks still help.`;
  return `${gain}. Whether more masks help cannot be said with so few draws.`;
}
