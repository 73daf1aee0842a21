import { numbersOf } from '../../study/analysis/draws.ts';
import type { Study } from '../model.ts';

/** Mean test Dice at native size by arm, then by seed, over the draws of masks of the seed. */
export function diceBySeed({ arms, tables }: Study, labels: string): Map<string, Map<string, number>> {
  const numbers = numbersOf(
    tables.runs.filter((run) => run.labels === labels),
    ({ dice }) => dice,
  );
  return new Map(
    arms.flatMap((arm) => {
      const ofArm = numbers.filter((number) => number.arm === arm);
      return ofArm.length > 0 ? [[arm, new Map(ofArm.map(({ seed, value }) => [seed, value]))] as const] : [];
    }),
  );
}

/** The range of Dice over all runs with a margin of a tenth on either side, at least .02 wide. */
export function diceDomain({ tables }: Study): [number, number] {
  const values = tables.runs.map(({ dice }) => dice);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.1 * (high - low), 0.01);
  return [Math.max(0, low - margin), Math.min(1, high + margin)];
}
