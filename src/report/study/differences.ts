import { capital, count, fixed, missing, probability, range, signed } from '../../core/format.ts';
import { METRIC_NAMES } from '../../eval/metrics.ts';
import { metricName } from '../../study/analysis/metric-names.ts';
import { axisMark, intervalMark, scaleOf } from '../charts/interval-marks.ts';
import type { Study } from '../model.ts';
import { details } from '../page/details.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { notesOn } from '../page/metric-notes.ts';
import { absent } from '../page/page.ts';
import { number, table } from '../page/table.ts';
import { budgetsOf, type NamedBudget, underHeadings } from './budgets.ts';
import { armName } from './claims.ts';
import { type ComparisonRow, comparisonRows, estimateOf } from './comparisons.ts';

/** Every arm against the baseline: test Dice in sight, all other metrics folded away. */
export function differencesSection(study: Study): Content {
  const rows = comparisonRows(study.findings);
  if (rows.length === 0) return absent('There are no two arms to compare yet.');
  const { baseline } = study;
  return [
    html`<p>Each difference is arm minus ${baseline}, for the same seed and the same image. The 95 % interval allows for other seeds and other images of the same kind. p is from the sign-flip test over the seeds, for these images; p (Holm) is adjusted for the number of arms. If the true difference is as large as the smallest detectable one, a study like this finds it four times in five.</p>`,
    underHeadings(budgetsOf(study), (budget) => atBudget(study, rows, budget)),
  ];
}

function atBudget(study: Study, all: readonly ComparisonRow[], { labels }: NamedBudget): Content {
  const rows = all.filter((row) => row.labels === labels);
  if (rows.length === 0) return undefined;
  const primary = study.findings.primary?.labels === labels ? study.findings.primary : undefined;
  // A primary contrast in another metric stands in sight, too.
  const shown = [...new Set(['dice', ...(primary ? [primary.metric] : [])])];
  const others = [...new Set(rows.map(({ metric }) => metric))].filter((metric) => !shown.includes(metric));
  const tableOf = (metric: string) =>
    comparisonTable(study, metric, {
      rows: rows.filter((row) => row.metric === metric),
      labels,
      ...(primary?.metric === metric && { primary: primary.arm }),
    });
  return [
    shown.map(tableOf),
    others.length > 0 &&
      details(`The other ${count(others.length, 'metric')}`, [
        others.map(tableOf),
        html`<p class="note">${notesOn(METRIC_NAMES.filter((metric) => others.includes(metric)))}</p>`,
      ]),
  ];
}

interface Compared {
  readonly rows: readonly ComparisonRow[];
  readonly labels?: string;
  readonly primary?: string;
}

/** The differences in one metric, as numbers and as a plot, an arm a row; undefined without any. */
export function comparisonTable(
  study: Study,
  metric: string,
  { rows, labels, primary }: Compared,
): Html | undefined {
  if (rows.length === 0) return undefined;
  const { title, digits } = metricName(metric);
  const found = study.findings.budgets
    .find((budget) => budget.labels === labels)
    ?.metrics.find((one) => one.metric === metric);
  const theirs = found?.means.find(({ arm }) => arm === study.baseline)?.mean;
  const ofImages = rows.some(({ images }) => images !== undefined);
  const estimates = rows.map(estimateOf);
  const scale = scaleOf(estimates);
  return table({
    caption: [
      `${capital(title)}${found?.lower_is_better ? ' (lower is better)' : ''}: difference to ${study.baseline}`,
      theirs !== undefined && `, which has ${fixed(theirs, digits)}`,
      '.',
    ],
    columns: [
      { title: 'Arm' },
      { title: axisMark(scale), kind: 'plot' },
      number('Difference'),
      number('95 % interval'),
      number('p'),
      number('p (Holm)'),
      number('Seeds'),
      ...(ofImages ? [number('Images'), number('Smallest detectable')] : []),
    ],
    rows: rows.map((row, i) => [
      armName(row.arm, primary),
      intervalMark(scale, estimates[i], row.arm === primary),
      signed(row.difference, digits),
      range(intervalOf(row), digits),
      probability(row.p),
      row.arm === primary ? missing : probability(row.p_holm),
      row.seeds,
      ...(ofImages ? [imagesOf(row) ?? missing, fixed(row.detectable, digits)] : []),
    ]),
  });
}

const intervalOf = ({ low, high }: ComparisonRow): [number, number] | undefined =>
  low === undefined || high === undefined ? undefined : [low, high];

const imagesOf = ({ images, groups }: ComparisonRow) =>
  groups === undefined ? images : `${images} in ${groups} groups`;
