import { METRIC_NAMES, METRICS, type Metric, titleOf } from '../eval/metrics.ts';
import { differencesOf, measuresOf } from './comparisons.ts';
import { progressOf } from './details.ts';
import { count, duration, fixed, missing, percent, signed, significant } from './format.ts';
import type { Content, Html } from './html.ts';
import { notesOn } from './metric-notes.ts';
import {
  baseline,
  type Member,
  membersOf,
  type Size,
  type Study,
  scoresOf,
  sizeNames,
  sizes,
} from './model.ts';
import { mean, present, type Summary, standardDeviation, summarise } from './statistics.ts';
import { table } from './table.ts';

const number = (title: string) => ({ title, kind: 'number' as const });

/** Metrics of which there are scores, beside Dice, of which more is told. */
function otherMetrics(study: Study): Metric[] {
  return METRIC_NAMES.filter(
    (metric) =>
      metric !== 'dice' &&
      study.members.some(({ test }) => sizes.some((size) => scoresOf(test, size, metric).length > 0)),
  );
}

const scoreColumns = (others: readonly Metric[]) => [
  ...['Dice mean', 'Dice median', 'Dice 5th pct', 'Dice < .5'].map(number),
  ...others.map((metric) => number(`${titleOf(metric)} mean`)),
];

const summaryOf = (member: Member, size: Size, metric: Metric) =>
  summarise(metric, scoresOf(member.test, size, metric));

/** Test metrics by arm: statistics over the test images of each seed, then mean and SD over seeds. */
export function armTable(study: Study): Html {
  const others = otherMetrics(study);
  const rows = eachSizeAndArm(study, (size, arm) => {
    const tested = membersOf(study, arm).filter(({ test }) => scoresOf(test, size, 'dice').length > 0);
    if (tested.length === 0) return [];
    const over = (metric: Metric, value: keyof Summary) =>
      present(tested.map((member) => summaryOf(member, size, metric)?.[value]));
    return [
      [
        sizeNames[size],
        arm,
        tested.length,
        withDeviation(over('dice', 'mean')),
        withDeviation(over('dice', 'median')),
        withDeviation(over('dice', 'p5')),
        percent(mean(over('dice', 'below_half'))),
        ...others.map((metric) => withDeviation(over(metric, 'mean'), METRICS[metric].digits)),
      ],
    ];
  });
  return table({
    caption: `By arm. Each statistic is taken over the test images of one seed; the table gives its mean over seeds ± the standard deviation between seeds. Network size: prediction and mask at the size the network works at; native size: at the mask’s own size. Dice < .5: share of images. ${notesOn(others)}`,
    columns: [{ title: 'Size' }, { title: 'Arm' }, number('Seeds'), ...scoreColumns(others)],
    headers: 2,
    ...rows,
  });
}

/** Test metrics of each run. */
export function seedTable(study: Study): Html {
  const others = otherMetrics(study);
  const rows = eachSizeAndArm(study, (size, arm) =>
    membersOf(study, arm).flatMap((member) => {
      const dice = summaryOf(member, size, 'dice');
      if (!dice) return [];
      return [
        [
          sizeNames[size],
          arm,
          member.seed,
          dice.count,
          fixed(dice.mean),
          fixed(dice.median),
          fixed(dice.p5),
          percent(dice.below_half),
          ...others.map((metric) => fixed(summaryOf(member, size, metric)?.mean, METRICS[metric].digits)),
        ],
      ];
    }),
  );
  return table({
    caption: 'By seed: statistics over the test images of each run.',
    columns: [{ title: 'Size' }, { title: 'Arm' }, number('Seed'), number('Images'), ...scoreColumns(others)],
    headers: 2,
    ...rows,
  });
}

/** Every arm against the baseline, seed by seed. */
export function differenceTable(study: Study): Html | undefined {
  const rows = measuresOf(study).flatMap((measure) =>
    differencesOf(measure).map(({ arm, differences, mean: average, min, max, higher, lower }): Content[] => [
      measure.name + (measure.higherIsBetter ? '' : ' (lower is better)'),
      arm,
      signed(average, measure.digits),
      signed(min, measure.digits),
      signed(max, measure.digits),
      `${higher} of ${differences.length}`,
      `${lower} of ${differences.length}`,
    ]),
  );
  if (rows.length === 0) return undefined;
  return table({
    caption: `Difference to ${baseline}, taken seed by seed.`,
    columns: [
      { title: 'Measure' },
      { title: 'Arm' },
      ...['Mean difference', 'Smallest', 'Largest', 'Seeds higher', 'Seeds lower'].map(number),
    ],
    rows,
    headers: 2,
    groups: rows.flatMap((row, i) => (i > 0 && row[0] !== rows[i - 1][0] ? [i] : [])),
  });
}

/** How far each run came. */
export function runsTable(study: Study): Html {
  const rows = study.members.flatMap(({ arm, seed, pretrain, train }) =>
    [pretrain, train].flatMap((run): Content[][] => {
      if (!run) return [];
      const { epochs, planned, bestEpoch, seconds } = progressOf(run);
      const best = run.epochs.find(({ epoch }) => epoch === bestEpoch);
      const score =
        run.kind === 'train' ? `Dice ${fixed(best?.val_dice)}` : `MSE ${significant(best?.val_mse)}`;
      return [
        [
          arm,
          seed,
          run.kind,
          `${epochs}${planned === undefined ? '' : ` of ${planned}`}`,
          bestEpoch ?? missing,
          best ? score : missing,
          duration(seconds),
          run.summary ? 'complete' : 'not complete',
        ],
      ];
    }),
  );
  return table({
    caption: `${count(rows.length, 'run')}; the validation score is that of the best epoch.`,
    columns: [
      { title: 'Arm' },
      number('Seed'),
      { title: 'Run' },
      number('Epochs'),
      number('Best epoch'),
      number('Validation'),
      number('Time'),
      { title: 'State' },
    ],
    rows,
  });
}

function withDeviation(values: readonly number[], digits?: number): string {
  const deviation = standardDeviation(values);
  return fixed(mean(values), digits) + (deviation === undefined ? '' : ` ± ${fixed(deviation, digits)}`);
}

/** Rows for every size and arm, with a new group at the second size. */
function eachSizeAndArm(study: Study, rowsOf: (size: Size, arm: string) => Content[][]) {
  const bySize = sizes.map((size) => study.arms.flatMap((arm) => rowsOf(size, arm)));
  return { rows: bySize.flat(), groups: bySize[0].length > 0 ? [bySize[0].length] : [] };
}
