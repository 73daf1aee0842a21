import { range, signed } from '../core/format.ts';
import type { SubgroupScores } from './subgroups.node.ts';

/** Of which subgroup it can be said that it scores worse, in a sentence. */
export function worstWords({ worst, subgroups }: SubgroupScores): string {
  if (worst) {
    const { division, name, difference, interval } = worst;
    return `Worst by ${division}: ${name}, ${signed(difference)} (${range(interval)}) against all other images.`;
  }
  if (subgroups.every(({ interval }) => interval === undefined))
    return 'Of none of the subgroups anything can be said with so few images.';
  return 'Of no subgroup it can be said that it scores worse than all other images.';
}
