import { mean } from '../../core/mean.ts';
import type { RunKey } from '../../records/study-tables.ts';
import type { Score } from '../../stats/paired.ts';
import type { RunNumber } from '../../stats/paired-numbers.ts';

/** What names a run, as numbers or as a file has it. */
type Drawn = Readonly<Record<Exclude<keyof RunKey, 'fold'>, string | number>> & {
  readonly fold?: string | number;
};

/**
 * Rows of runs that can be paired: of each seed, at each budget of masks, those draws and folds that all arms have that have the seed.
 * In a finished study that is every row.
 */
export function withSharedDraws<Row extends Drawn>(rows: readonly Row[]): Row[] {
  const arms = new Map<string, Set<string | number>>();
  const ofSeed = ({ labels, seed }: Drawn) => JSON.stringify([labels, seed]);
  const ofDraw = ({ labels, seed, draw, fold }: Drawn) => JSON.stringify([labels, seed, draw, fold]);
  for (const row of rows) {
    for (const key of [ofSeed(row), ofDraw(row)])
      arms.set(key, (arms.get(key) ?? new Set<string | number>()).add(row.arm));
  }
  return rows.filter((row) => arms.get(ofDraw(row))!.size === arms.get(ofSeed(row))!.size);
}

/** Scores averaged over the draws of a seed, image by image, in the order in which they first come. */
export function averagedScores(scores: readonly Score[]): Score[] {
  return averaged(scores, ({ arm, seed, image }) => JSON.stringify([arm, seed, image])).map(
    ([{ arm, seed, image, group }, value]) => ({
      ...{ arm, seed, image },
      ...(group !== undefined && { group }),
      value,
    }),
  );
}

/** A number of each run, averaged over the draws and folds of a seed. Runs without one are left out. */
export function numbersOf<Run extends Pick<RunKey, 'arm' | 'seed'>>(
  runs: readonly Run[],
  numberOf: (run: Run) => number | undefined,
): RunNumber[] {
  const numbers = runs.flatMap((run) => {
    const value = numberOf(run);
    return value === undefined ? [] : [{ arm: run.arm, seed: `${run.seed}`, value }];
  });
  return averaged(numbers, ({ arm, seed }) => JSON.stringify([arm, seed])).map(([{ arm, seed }, value]) => ({
    arm,
    seed,
    value,
  }));
}

/** The first of the items of each key, with the mean of their values. */
function averaged<Item extends { readonly value: number }>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): [Item, number][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].map((group) => [group[0], mean(group.map(({ value }) => value))]);
}
