import { mean } from '../../src/core/mean.ts';
import type { RunKey, RunRow, StudyTables } from '../../src/records/study-tables.ts';
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
    const best = course.reduce((best, epoch) => (epoch.val_dice > best.val_dice ? epoch : best), course[0]);
    const should: Partial<RunRow> = {
      dice: mean(diceOf.get(nameOf(run))!),
      epochs: course.length,
      best_epoch: best?.epoch,
      best_val_dice: best?.val_dice,
      lowest_val_loss: Math.min(...course.map(({ val_loss }) => val_loss)),
    };
    return Object.entries(should).flatMap(([name, value]) => {
      const said = run[name as keyof RunRow] as number;
      if (Math.abs(said - (value as number)) <= TOLERANCE) return [];
      return `runs.csv, ${nameOf(run)}: ${name} is ${said}, by the other tables ${value}`;
    });
  });
}

const nameOf = ({ arm, seed, labels, draw }: RunKey) => `${arm}, seed ${seed}, ${labels} masks, draw ${draw}`;
