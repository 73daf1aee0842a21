import { count, fixed, missing, probability, range, signed } from '../../core/format.ts';
import type { EpochsToLevel } from '../../records/study-findings.ts';
import type { EpochRow } from '../../records/study-tables.ts';
import { coursesOf, isValidated } from '../../study/analysis/courses.ts';
import { type ArmLine, armChart, MOST_TOGETHER, meanLine } from '../charts/arm-charts.ts';
import type { EpochValue, Study } from '../model.ts';
import { details } from '../page/details.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { absent } from '../page/page.ts';
import { number, table } from '../page/table.ts';
import { budgetsOf, type NamedBudget, underHeadings } from './budgets.ts';

/** How the bands of curves are made. */
export const bandNote =
  'Lines: mean over the runs, at epochs that all of them have reached. Bands: from the lowest run to the highest.';

/** How the arms train, and after how many epochs they reach a level. */
export function curvesSection(study: Study): Content {
  if (study.tables.epochs.length === 0) return absent('No segmentation training has ended yet.');
  return [html`<p>${bandNote}</p>`, underHeadings(budgetsOf(study), (budget) => atBudget(study, budget))];
}

function atBudget(study: Study, { labels }: NamedBudget): Content {
  const rows = study.tables.epochs.filter((row) => row.labels === labels);
  if (rows.length === 0) return undefined;
  const chart = (title: string, yLabel: string, value: 'val_loss' | 'val_dice' | 'train_loss') =>
    armChart(
      { title, xLabel: 'epoch', yLabel, mayBeLog: value !== 'val_dice' },
      courseLines(study, rows, value),
      study,
    );
  const level = study.findings.budgets.find((found) => found.labels === labels)?.epochs_to_level;
  const training = html`<div class="charts">${chart('Training loss', 'loss', 'train_loss')}</div>`;
  if (!coursesOf(rows).some(isValidated))
    return [html`<p>No image validates: there is the training loss alone.</p>`, training];
  return [
    html`<div class="charts">${chart('Validation loss', 'loss', 'val_loss')}${chart('Validation Dice', 'Dice', 'val_dice')}${level && levelChart(study, level)}</div>`,
    level && levelTable(study, level),
    // Of more arms it would double the page; the reports of the runs have it, too.
    study.arms.length <= MOST_TOGETHER && details('Training loss', training),
  ];
}

function courseLines(
  { arms }: Study,
  rows: readonly EpochRow[],
  value: 'val_loss' | 'val_dice' | 'train_loss',
): ArmLine[] {
  const courses = coursesOf(rows);
  return arms.map((arm) =>
    meanLine(
      arm,
      courses
        .filter((course) => course.arm === arm)
        .map(({ epochs }) => epochs.flatMap(({ epoch: x, [value]: y }) => (y === undefined ? [] : { x, y }))),
    ),
  );
}

/** Curves of pretraining, a pretraining a line, over its seeds. */
export function pretrainingSection({ pretrainings, ...study }: Study): Content {
  if (pretrainings.length === 0) return absent('The study holds no pretraining run.');
  const names = [...new Set(pretrainings.map(({ name }) => name))];
  const chart = (title: string, yLabel: string, value: EpochValue, mayBeLog: boolean) =>
    armChart(
      { title, xLabel: 'epoch', yLabel, mayBeLog },
      names.map((name) =>
        meanLine(
          name,
          pretrainings
            .filter((pretraining) => pretraining.name === name)
            .map(({ run }) =>
              run.epochs.flatMap(({ epoch: x, [value]: y }) => (y === undefined ? [] : { x, y })),
            )
            .filter((points) => points.length > 0),
        ),
      ),
      { arms: [...study.arms, ...names], baseline: study.baseline },
    );
  const charts = [
    chart('Validation error', 'MSE', 'val_mse', true),
    chart('Validation PSNR', 'PSNR (dB)', 'val_psnr', false),
    chart('Training loss', 'loss', 'train_loss', true),
  ].filter((each) => each !== undefined);
  if (charts.length === 0) return absent('No epoch of pretraining has been recorded yet.');
  return html`<p>${bandNote} Different pretext tasks have different targets, so their errors do not say which one is better.</p>
<div class="charts">${charts}</div>`;
}

/** One minus the Kaplan-Meier estimate: the share of runs that have reached the level. */
function levelChart(study: Study, { level, horizon, curves }: EpochsToLevel): Html | undefined {
  const end = Math.max(horizon, ...curves.flatMap(({ steps }) => steps.map(({ time }) => time)));
  const lines = curves.map(({ arm, steps }): ArmLine => {
    const points = [{ x: 0, y: 0 }, ...steps.map(({ time, survival }) => ({ x: time, y: 1 - survival }))];
    return { arm, points: [...points, { x: end, y: points.at(-1)!.y }] };
  });
  return armChart(
    {
      title: `Reached a validation Dice of ${fixed(level)}`,
      xLabel: 'epoch',
      yLabel: 'share of runs (Kaplan-Meier)',
      mayBeLog: false,
      yDomain: [0, 1],
      steps: true,
    },
    lines,
    study,
  );
}

function levelTable({ baseline, arms }: Study, found: EpochsToLevel): Html {
  const { level, given, horizon, curves, comparisons, log_rank: ranks } = found;
  const origin = given
    ? 'which was given'
    : 'which is 95 % of the median, over the runs of all arms, of the best validation Dice';
  return table({
    caption: `Epochs until the validation Dice is ${fixed(level)}, ${origin}. Median: by Kaplan-Meier. Difference: of the mean number of epochs; runs that never reached it count as ${count(horizon, 'epoch')}.`,
    columns: [
      { title: 'Arm' },
      number('Reached it'),
      number('Median epoch'),
      number(`Difference to ${baseline}`),
      number('95 % interval'),
      number('p'),
      number('p (Holm)'),
      ...(ranks ? [number('p (log-rank)')] : []),
    ],
    rows: arms.flatMap((arm) => {
      const curve = curves.find((each) => each.arm === arm);
      if (!curve) return [];
      const compared = comparisons.find((each) => each.arm === arm);
      const rank = ranks?.find((each) => each.arm === arm);
      return [
        [
          arm,
          `${curve.reached} of ${curve.runs}`,
          curve.median ?? missing,
          signed(compared?.difference, 1),
          range(compared?.ci95, 1),
          compared ? probability(compared.p) : missing,
          compared ? probability(compared.p_holm) : missing,
          ...(ranks ? [rank ? probability(rank.p) : missing] : []),
        ],
      ];
    }),
  });
}
