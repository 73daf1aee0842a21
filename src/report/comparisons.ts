import { baseline, membersOf, type Study, scoresOf } from './model.ts';
import { mean } from './statistics.ts';

/** One number for each arm and seed. */
export interface Measure {
  readonly name: string;
  readonly digits: number;
  readonly higherIsBetter: boolean;
  /** By arm, then by seed; arms and seeds without the number are missing. */
  readonly values: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** How an arm differs from the baseline, seed by seed, over the seeds that both have. */
export interface Difference {
  readonly arm: string;
  readonly differences: readonly number[];
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly higher: number;
  readonly lower: number;
}

/** Mean test Dice at both sizes and the lowest validation loss. */
export function measuresOf(study: Study): Measure[] {
  return [
    {
      name: 'mean test Dice at network size',
      digits: 3,
      higherIsBetter: true,
      values: collect(study, ({ test }) => mean(scoresOf(test, 'network', 'dice'))),
    },
    {
      name: 'mean test Dice at native size',
      digits: 3,
      higherIsBetter: true,
      values: collect(study, ({ test }) => mean(scoresOf(test, 'native', 'dice'))),
    },
    {
      name: 'lowest validation loss',
      digits: 4,
      higherIsBetter: false,
      values: collect(study, ({ train }) => {
        const losses = (train?.epochs ?? [])
          .map(({ val_loss }) => val_loss)
          .filter((loss) => loss !== undefined);
        return losses.length > 0 ? Math.min(...losses) : undefined;
      }),
    },
  ];
}

/** Differences of every other arm to the baseline; empty without a baseline. */
export function differencesOf({ values }: Measure): Difference[] {
  const reference = values.get(baseline);
  if (!reference) return [];
  return [...values].flatMap(([arm, bySeed]) => {
    if (arm === baseline) return [];
    const differences = [...bySeed].flatMap(([seed, value]) => {
      const other = reference.get(seed);
      return other === undefined ? [] : [value - other];
    });
    if (differences.length === 0) return [];
    return [
      {
        arm,
        differences,
        mean: mean(differences)!,
        min: Math.min(...differences),
        max: Math.max(...differences),
        higher: differences.filter((value) => value > 0).length,
        lower: differences.filter((value) => value < 0).length,
      },
    ];
  });
}

function collect(
  study: Study,
  value: (member: Study['members'][number]) => number | undefined,
): Measure['values'] {
  const byArm = new Map<string, Map<number, number>>();
  for (const arm of study.arms) {
    const bySeed = membersOf(study, arm).flatMap((member) => {
      const number = value(member);
      return number === undefined ? [] : [[member.seed, number] as const];
    });
    if (bySeed.length > 0) byArm.set(arm, new Map(bySeed));
  }
  return byArm;
}
