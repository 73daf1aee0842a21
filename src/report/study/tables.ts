import { count, duration, fixed, missing, percent, significant } from '../../core/format.ts';
import { METRIC_NAMES, METRICS, type Metric, titleOf } from '../../eval/metrics.ts';
import type { ImageRow, RunKey } from '../../records/study-tables.ts';
import { type Run, type Size, type Study, sizeNames, sizes } from '../model.ts';
import { progressOf } from '../page/details.ts';
import type { Content, Html } from '../page/html.ts';
import { notesOn } from '../page/metric-notes.ts';
import { type Column, number, table } from '../page/table.ts';
import { mean, present, type Summary, standardDeviation, summarise } from '../statistics.ts';
import { budgetsOf } from './budgets.ts';

const diceColumns = ['Dice mean', 'Dice median', 'Dice 5th pct', 'Dice < .5'].map(number);

/** A run and what it scored on the test images. */
export interface TestedRun extends RunKey {
  readonly images: readonly ImageRow[];
}

/** The runs in `study.csv`, in its order. */
export function testedRuns({ tables }: Study): TestedRun[] {
  const runs = new Map<string, ImageRow[]>();
  for (const row of tables.images) {
    const key = JSON.stringify([row.arm, row.labels, row.draw, row.seed]);
    const images = runs.get(key);
    if (images) images.push(row);
    else runs.set(key, [row]);
  }
  return [...runs.values()].map((images) => {
    const { arm, labels, draw, seed } = images[0];
    return { arm, labels, draw, seed, images };
  });
}

export function scoresIn({ images }: TestedRun, size: Size, metric: Metric): number[] {
  return present(images.map(({ scores }) => scores[size === 'native' ? metric : `net_${metric}`]));
}

const summaryOf = (run: TestedRun, size: Size, metric: Metric): Summary | undefined =>
  summarise(metric, scoresIn(run, size, metric));

/** Test metrics by arm: statistics over the test images of each run, then mean and SD over the runs. */
export function armTable(study: Study, labels: string): Html {
  const tested = testedRuns(study).filter((run) => run.labels === labels);
  // Of Dice more is told.
  const others = METRIC_NAMES.filter(
    (metric) =>
      metric !== 'dice' && tested.some((run) => sizes.some((size) => scoresIn(run, size, metric).length > 0)),
  );
  const bySize = sizes.map((size) =>
    study.arms.flatMap((arm): Content[][] => {
      const runs = tested.filter((run) => run.arm === arm && scoresIn(run, size, 'dice').length > 0);
      if (runs.length === 0) return [];
      const over = (metric: Metric, value: keyof Summary) =>
        present(runs.map((run) => summaryOf(run, size, metric)?.[value]));
      return [
        [
          sizeNames[size],
          arm,
          runs.length,
          withDeviation(over('dice', 'mean')),
          withDeviation(over('dice', 'median')),
          withDeviation(over('dice', 'p5')),
          percent(mean(over('dice', 'below_half'))),
          ...others.map((metric) => withDeviation(over(metric, 'mean'), METRICS[metric].digits)),
        ],
      ];
    }),
  );
  return table({
    caption: `By arm. Each statistic is taken over the test images of one run; the table gives its mean over the runs ± the standard deviation between them. Network size: prediction and mask at the size the network works at; native size: at the mask’s own size. Dice < .5: share of images. ${notesOn(others)}`,
    columns: [
      { title: 'Size' },
      { title: 'Arm' },
      number('Runs'),
      ...diceColumns,
      ...others.map((metric) => number(`${titleOf(metric)} mean`)),
    ],
    headers: 2,
    rows: bySize.flat(),
    groups: bySize[0].length > 0 ? [bySize[0].length] : [],
  });
}

/** Test metrics of each run, at native size. */
export function seedTable(study: Study): Html {
  const { columns, cells } = placeOf(study);
  const rank = ({ arm }: RunKey) => study.arms.indexOf(arm);
  const runs = testedRuns(study).sort((a, b) => rank(a) - rank(b));
  return table({
    caption: 'By run: statistics over the test images at native size, and the mean Dice at network size.',
    columns: [{ title: 'Arm' }, ...columns, number('Images'), ...diceColumns, number('Dice mean, network')],
    rows: runs.flatMap((run) => {
      const dice = summaryOf(run, 'native', 'dice');
      if (!dice) return [];
      return [
        [
          run.arm,
          ...cells(run),
          dice.count,
          ...[dice.mean, dice.median, dice.p5].map((value) => fixed(value)),
          percent(dice.below_half),
          fixed(summaryOf(run, 'network', 'dice')?.mean),
        ],
      ];
    }),
  });
}

/** How far each run came. */
export function runsTable(study: Study): Html {
  const { columns, cells } = placeOf(study);
  const unknown = columns.slice(1).map(() => missing);
  const rows = [
    ...study.pretrainings.map(({ name, seed, run }) => [name, ...unknown, seed, ...progressCells(run)]),
    ...study.trainings.map((training) => [training.arm, ...cells(training), ...progressCells(training.run)]),
  ];
  return table({
    caption: `${count(rows.length, 'run')}; the validation score is that of the best epoch.`,
    columns: [
      { title: 'Arm or pretraining' },
      ...columns,
      { title: 'Run' },
      number('Epochs'),
      number('Best epoch'),
      number('Validation'),
      number('Time'),
      { title: 'State' },
    ],
    rows,
    groups: [study.pretrainings.length],
  });
}

function progressCells(run: Run): Content[] {
  const { epochs, planned, bestEpoch, seconds } = progressOf(run);
  const best = run.epochs.find(({ epoch }) => epoch === bestEpoch);
  const score = run.kind === 'train' ? `Dice ${fixed(best?.val_dice)}` : `MSE ${significant(best?.val_mse)}`;
  return [
    run.kind,
    `${epochs}${planned === undefined ? '' : ` of ${planned}`}`,
    bestEpoch ?? missing,
    best ? score : missing,
    duration(seconds),
    run.summary ? 'complete' : 'not complete',
  ];
}

/** Which run of an arm: masks and draw only where they differ between runs, then the seed. */
function placeOf(study: Study): { columns: Column[]; cells: (run: RunKey) => Content[] } {
  const severalBudgets = budgetsOf(study).length > 1;
  const runs = [...study.trainings, ...study.tables.runs];
  const severalDraws = runs.some(({ draw }) => draw > 0);
  const folds = runs.some(({ fold }) => fold !== undefined);
  return {
    columns: [
      ...(severalBudgets ? [number('Masks')] : []),
      ...(severalDraws ? [number('Draw')] : []),
      number('Seed'),
      ...(folds ? [number('Fold')] : []),
    ],
    cells: ({ labels, draw, seed, fold }) => [
      ...(severalBudgets ? [labels] : []),
      ...(severalDraws ? [draw] : []),
      seed,
      // Scores are those of the images of all folds.
      ...(folds ? [fold ?? 'all'] : []),
    ],
  };
}

function withDeviation(values: readonly number[], digits?: number): string {
  const deviation = standardDeviation(values);
  return fixed(mean(values), digits) + (deviation === undefined ? '' : ` ± ${fixed(deviation, digits)}`);
}
