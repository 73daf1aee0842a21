import {
  agree,
  type EpochRow,
  type RunKey,
  type RunRow,
  type StudyTables,
} from '../../src/records/study-tables.ts';
import { coursesOf } from '../../src/study/analysis/courses.ts';

/** Where `runs.csv` says of a run what `epochs.csv` does not, a sentence each. */
export function contradictionsIn({ runs, epochs }: Pick<StudyTables, 'runs' | 'epochs'>): string[] {
  const coursesBy = new Map(coursesOf(epochs).map((course) => [nameOf(course), course.epochs]));
  return runs.flatMap((run) => {
    const course = coursesBy.get(nameOf(run)) ?? [];
    const validated = course.filter((epoch): epoch is Required<EpochRow> => epoch.val_dice !== undefined);
    const best = validated.reduce((a, b) => (b.val_dice > a.val_dice ? b : a), validated[0]);
    const should: Partial<RunRow> = {
      epochs: course.length,
      best_epoch: best?.epoch,
      best_val_dice: best?.val_dice,
      lowest_val_loss: best && Math.min(...validated.map(({ val_loss }) => val_loss)),
    };
    return Object.entries(should).flatMap(([name, value]) => {
      const said = run[name as keyof RunRow];
      if (said === value || agree(said as number, value as number)) return [];
      return `runs.csv, ${nameOf(run)}: ${name} is ${said}, by the epochs ${value}`;
    });
  });
}

const nameOf = ({ arm, seed, labels, draw }: RunKey) => `${arm}, seed ${seed}, ${labels} masks, draw ${draw}`;
