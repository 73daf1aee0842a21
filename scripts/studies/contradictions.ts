import { mean } from '../../src/core/mean.ts';
import type { EpochRow, RunKey, RunRow, StudyTables } from '../../src/records/study-tables.ts';
import { coursesOf } from '../../src/study/analysis/courses.ts';

/** Scores of images are written to six digits. */
const TOLERANCE = 1e-5;

/** Where `runs.csv` says of a run what the other tables of its study do not, a sentence each. */
export function contradictionsIn({ images, runs, epochs }: StudyTables): string[] {
  const diceOf = new Map<string, number[]>(runs.map((run) => [nameOf(run), []]));
  for (const row of images) diceOf.get(nameOf(row))?.push(row.scores.dice);
  const coursesBy = new Map(coursesOf(epochs).map((course) => [nameOf(course), course.epochs]));
  return runs.flatMap((run) => {
    const course = coursesBy.get(nameOf(run)) ?? [];
    const validated = course.filter((epoch): epoch is Required<EpochRow> => epoch.val_dice !== undefined);
    const best = validated.reduce((a, b) => (b.val_dice > a.val_dice ? b : a), validated[0]);
    const should: Partial<RunRow> = {
      dice: mean(diceOf.get(nameOf(run))!),
      epochs: course.length,
      best_epoch: best?.epoch,
      best_val_dice: best?.val_dice,
      lowest_val_loss: best && Math.min(...validated.map(({ val_loss }) => val_loss)),
    };
    return Object.entries(should).flatMap(([name, value]) => {
      const said = run[name as keyof RunRow];
      if (said === value || Math.abs((said as number) - (value as number)) <= TOLERANCE) return [];
      return `runs.csv, ${nameOf(run)}: ${name} is ${said}, by the other tables ${value}`;
    });
  });
}

const nameOf = ({ arm, seed, labels, draw }: RunKey) => `${arm}, seed ${seed}, ${labels} masks, draw ${draw}`;
