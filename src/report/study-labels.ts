import type { MaskCount } from '../stats/label-curve.ts';
import type { LabelEfficiency } from '../study/efficiency.ts';
import { numbersOf, withSharedSubsets } from '../study/subsets.ts';
import { type ArmLine, armChart } from './arm-charts.ts';
import { fixed, missing } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { Study } from './model.ts';
import { comparisonRows } from './study-comparisons.ts';
import { comparisonTable } from './study-differences.ts';
import { number, table } from './table.ts';

/** What masks are worth to each arm; undefined for a study of one label count. */
export function labelsSection(study: Study): Content {
  const { efficiency } = study.findings;
  if (!efficiency) return undefined;
  const area = comparisonRows(study.findings).filter(({ metric }) => metric === 'dice_over_labels');
  return [
    html`<div class="charts">${chart(study, efficiency)}</div>`,
    comparisonTable(study, 'dice_over_labels', { rows: area }),
    masksTable(study, efficiency),
  ];
}

function chart(study: Study, { curves }: LabelEfficiency): Html | undefined {
  const masks = [...new Set(curves.flatMap(({ points }) => points.map((point) => point.masks)))];
  const runs = withSharedSubsets(study.tables.runs);
  const lines = curves.map(
    ({ arm, points }): ArmLine => ({
      arm,
      points: points.map(({ labels, masks, dice }) => {
        const ofArm = runs.filter((run) => run.arm === arm && run.labels === labels);
        const bySeed = numbersOf(ofArm, (run) => run.dice).map(({ value }) => value);
        const spread = bySeed.length > 1 && { low: Math.min(...bySeed), high: Math.max(...bySeed) };
        return { x: masks, y: dice, ...spread };
      }),
    }),
  );
  return armChart(
    {
      title: 'Test Dice by number of masks, native size',
      xLabel: 'masks (log scale)',
      yLabel: 'Dice',
      mayBeLog: false,
      wholeX: false,
      xTicks: masks.sort((a, b) => a - b),
      spread: 'bars',
      note: 'Mean over the seeds; bars from the lowest seed to the highest.',
    },
    lines,
    study,
  );
}

function masksTable({ baseline }: Study, { masks_saved: saved }: LabelEfficiency): Html | undefined {
  if (saved.length === 0) return undefined;
  return table({
    caption: `How many masks ${baseline} would need to do as well as an arm did with fewer or more: read off ${baseline}’s curve, which is straight between its label counts over the logarithm of the masks. With a 95 % interval by resampling seeds.`,
    columns: [
      { title: 'Arm' },
      number('Masks'),
      number('Dice'),
      number(`Masks that ${baseline} needs`),
      number('95 % interval'),
      number('Seeds'),
    ],
    rows: saved.map(({ arm, masks, dice, baseline_masks: needed, ci95, seeds }) => [
      arm,
      rounded(masks),
      fixed(dice),
      maskCount(needed),
      ci95 ? ci95.map(maskCount).join(' to ') : missing,
      seeds,
    ]),
  });
}

const maskCount = ({ masks, bound }: MaskCount): string => `${bound ? `${bound} ` : ''}${rounded(masks)}`;

const rounded = (masks: number): string => fixed(masks, Number.isInteger(masks) ? 0 : 1);
