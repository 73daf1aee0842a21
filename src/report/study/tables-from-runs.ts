import { mean } from '../../core/mean.ts';
import { METRIC_NAMES } from '../../eval/metrics.ts';
import type { EpochRow, ImageRow, RunKey, RunRow, StudyTables } from '../../study/tables.ts';
import type { TestRow, Training } from '../model.ts';
import { present } from '../statistics.ts';

/** The tables of a study that has not written them (older ones did not), from the folders of its finished runs. */
export function tablesFromRuns(trainings: readonly Training[]): StudyTables {
  const finished = trainings.filter(({ run }) => run.summary);
  return {
    images: finished.flatMap(imageRows),
    runs: finished.flatMap(runRows),
    epochs: finished.flatMap(epochRows),
  };
}

const keyOf = ({ arm, labels, subset, seed }: RunKey): RunKey => ({ arm, labels, subset, seed });

function imageRows(training: Training): ImageRow[] {
  return training.run.test.map((row) => ({
    ...keyOf(training),
    image: row.stem,
    scores: scoresOf(row),
  }));
}

function scoresOf({ native, network }: TestRow): Record<string, number> {
  const columns = METRIC_NAMES.flatMap((metric) => [
    [metric, native[metric]] as const,
    [`net_${metric}`, network[metric]] as const,
  ]);
  return Object.fromEntries(columns.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** None of a run without validation, test or lists: it cannot be compared. */
function runRows(training: Training): RunRow[] {
  const { run, labels } = training;
  const epochs = epochRows(training);
  const dice = present(run.test.map(({ native }) => native.dice));
  const masks = run.splits
    ? (run.splits.train?.length ?? 0) + (run.splits.validation?.length ?? 0)
    : Number(labels);
  if (epochs.length === 0 || dice.length === 0 || !(masks > 0)) return [];
  const best = epochs.reduce((best, row) => (row.val_dice > best.val_dice ? row : best));
  return [
    {
      ...keyOf(training),
      masks,
      steps: run.summary && typeof run.summary.steps === 'number' ? run.summary.steps : 0,
      epochs: epochs.at(-1)!.epoch,
      best_epoch: best.epoch,
      best_val_dice: best.val_dice,
      lowest_val_loss: Math.min(...epochs.map(({ val_loss }) => val_loss)),
      dice: mean(dice),
    },
  ];
}

function epochRows(training: Training): EpochRow[] {
  return training.run.epochs.flatMap(({ epoch, train_loss, val_loss, val_dice }) =>
    train_loss === undefined || val_loss === undefined || val_dice === undefined
      ? []
      : [{ ...keyOf(training), epoch, train_loss, val_loss, val_dice }],
  );
}
