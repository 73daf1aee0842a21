import { fixed, missing } from '../../core/format.ts';
import type { LabelEfficiency, MasksSaved } from '../../records/study-findings.ts';
import type { MaskCount } from '../../stats/label-curve.ts';
import { numbersOf, withSharedDraws } from '../../study/analysis/draws.ts';
import { type ArmLine, armChart, MOST_TOGETHER } from '../charts/arm-charts.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { number, table } from '../page/table.ts';
import { budgetsOf } from './budgets.ts';
import { comparisonRows } from './comparisons.ts';
import { comparisonTable } from './differences.ts';
import { moreMasksPart } from './more-masks.ts';

/** What masks are worth to each arm; undefined for a study of one budget of masks. */
export function labelsSection(study: Study): Content {
  const { efficiency } = study.findings;
  if (!efficiency) return undefined;
  const area = comparisonRows(study.findings).filter(({ metric }) => metric === 'dice_over_labels');
  return [
    html`<div class="charts">${chart(study, efficiency)}</div>`,
    comparisonTable(study, 'dice_over_labels', { rows: area }),
    masksTable(study, efficiency),
    moreMasksPart(study),
  ];
}

function chart(study: Study, { curves }: LabelEfficiency): Html | undefined {
  const masks = [...new Set(curves.flatMap(({ points }) => points.map((point) => point.masks)))];
  const runs = withSharedDraws(study.tables.runs);
  const together = curves.length <= MOST_TOGETHER;
  const lines = curves.map(
    ({ arm, points }, i): ArmLine => ({
      arm,
      points: points.map(({ labels, masks, dice }) => {
        const ofArm = runs.filter((run) => run.arm === arm && run.labels === labels);
        const bySeed = numbersOf(ofArm, (run) => run.dice).map(({ value }) => value);
        const spread = bySeed.length > 1 && { low: Math.min(...bySeed), high: Math.max(...bySeed) };
        // Side by side, as the bars of one chart would hide each other.
        const aside = together ? 1.02 ** (i - (curves.length - 1) / 2) : 1;
        return { x: masks * aside, y: dice, ...spread };
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
      note: `Mean over the seeds; bars from the lowest seed to the highest${together ? ', side by side' : ''}.`,
    },
    lines,
    study,
  );
}

function masksTable(study: Study, { masks_saved: saved }: LabelEfficiency): Html | undefined {
  const { baseline, arms } = study;
  if (saved.length === 0) return undefined;
  const budgets = budgetsOf(study).filter(({ labels }) => saved.some((each) => each.labels === labels));
  return table({
    caption: `How many masks ${baseline} needs to reach the Dice that an arm reached, with a 95 % interval by resampling seeds. The number is read off ${baseline}’s curve, which is drawn straight between its budgets over the logarithm of the masks and is not known beyond them.`,
    columns: [
      { title: 'Arm' },
      ...budgets.flatMap(({ title }) => [number(`Dice with ${title}`), number(`${baseline} needs`)]),
      number('Seeds'),
    ],
    rows: arms.flatMap((arm) => {
      const ofArm = saved.filter((each) => each.arm === arm);
      if (ofArm.length === 0) return [];
      const cells = budgets.flatMap(({ labels }) => {
        const found = ofArm.find((each) => each.labels === labels);
        return found ? [fixed(found.dice), needed(found)] : [missing, missing];
      });
      return [[arm, ...cells, ofArm[0].seeds]];
    }),
  });
}

/** `29.6 (28.6 to 30.8)`, `more than 88` */
function needed({ baseline_masks: masks, ci95 }: MasksSaved): string {
  const [low, high] = (ci95 ?? []).map(maskCount);
  const known = low !== undefined && !(low === high && low === maskCount(masks));
  return maskCount(masks) + (known ? ` (${low} to ${high})` : '');
}

const maskCount = ({ masks, bound }: MaskCount): string => `${bound ? `${bound} ` : ''}${rounded(masks)}`;

const rounded = (masks: number): string => fixed(masks, Number.isInteger(masks) ? 0 : 1);
