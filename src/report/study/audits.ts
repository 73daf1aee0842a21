import { FIGURES, type FigureName, type PathShare } from '../../audit/figures.ts';
import { fixed, listed, percent, signed } from '../../core/format.ts';
import { mean } from '../../core/mean.ts';
import { sharesCharts } from '../audit/charts.ts';
import { axisMark, intervalMark, scaleOf } from '../charts/interval-marks.ts';
import type { PretrainingRun, Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { number, table } from '../page/table.ts';
import { budgetsOf, shownLabels } from './budgets.ts';
import { comparisonRows, estimateOf } from './comparisons.ts';

/** The audits of one pretraining over its seeds. */
interface Audited {
  readonly name: string;
  readonly seeds: number;
  readonly label: string;
  /** Means over the seeds; those that were not measured are missing. */
  readonly figures: Readonly<Partial<Record<FigureName, number>>>;
  /** Means over the seeds that have shares. */
  readonly paths: readonly PathShare[];
}

/** The audit of each pretraining beside the gain of its arms; undefined for a study without pretraining. */
export function auditsSection(study: Study): Content {
  const arms = study.arms.filter((arm) => study.startOf.has(arm));
  if (arms.length === 0) return undefined;
  const audited = [...new Set(arms.map((arm) => study.startOf.get(arm)!))].flatMap((name) =>
    auditedOf(study.pretrainings.filter((pretraining) => pretraining.name === name)),
  );
  return [
    ...(audited.length > 0
      ? [
          gainTable(study, arms, audited),
          figuresTable(audited),
          html`<div class="charts">${sharesCharts(audited)}</div>`,
        ]
      : []),
    unaudited(study.pretrainings),
  ];
}

function auditedOf(pretrainings: readonly PretrainingRun[]): Audited[] {
  const audits = pretrainings.flatMap(({ audit }) => audit ?? []);
  if (audits.length === 0) return [];
  const figures = FIGURES.flatMap((figure) => {
    const values = audits.map((audit) => audit.figures[figure]).filter((value) => value !== null);
    return values.length > 0 ? [[figure, mean(values)]] : [];
  });
  return [
    {
      name: pretrainings[0].name,
      seeds: audits.length,
      label: listed([...new Set(audits.map(({ label }) => label))]),
      figures: Object.fromEntries(figures),
      paths: audits[0].paths.map((path, i) => {
        const shares = audits.map(({ paths }) => paths[i].shapley).filter((share) => share !== null);
        return { ...path, shapley: shares.length > 0 ? mean(shares) : null };
      }),
    },
  ];
}

/** Each arm's difference beside the audit of its pretraining. */
function gainTable(study: Study, arms: readonly string[], audited: readonly Audited[]): Html {
  const labels = shownLabels(study);
  const gains = comparisonRows(study.findings).filter(
    (row) => row.metric === 'dice' && row.labels === labels && arms.includes(row.arm),
  );
  const scale = scaleOf(gains.map(estimateOf));
  const budgets = budgetsOf(study);
  const place =
    budgets.length > 1 ? ` with ${budgets.find((budget) => budget.labels === labels)?.title}` : '';
  return table({
    caption: `Difference: in test Dice at native size to ${study.baseline}${place}. Beside it stands what the audit found in the network that the arm starts from. Arms with the same start share its audit, even if they use only a part of it.`,
    columns: [
      { title: 'Arm' },
      { title: axisMark(scale), kind: 'plot' },
      number('Difference'),
      { title: 'Starts from' },
      { title: 'Its label' },
      number('Skips’ share'),
      number('Explained by depth alone'),
    ],
    rows: arms.map((arm) => {
      const gain = gains.find((row) => row.arm === arm);
      const start = study.startOf.get(arm)!;
      const audit = audited.find(({ name }) => name === start);
      return [
        arm,
        gain && intervalMark(scale, estimateOf(gain), false),
        signed(gain?.difference),
        start,
        audit?.label ?? 'has not been audited',
        percent(audit?.figures.leak),
        percent(audit?.figures.depth_alone),
      ];
    }),
  });
}

function figuresTable(audited: readonly Audited[]): Html {
  const share = (figure: FigureName, title: string) => ({
    title,
    of: ({ figures }: Audited) => figures[figure],
  });
  const most = audited.map(({ paths }) => paths).sort((a, b) => b.length - a.length)[0];
  const columns = [
    share('explained', 'Explained'),
    share('leak', 'Skips’ share'),
    ...most.map(({ name }) => ({
      title: name,
      of: ({ paths }: Audited) => paths.find((path) => path.name === name)?.shapley ?? undefined,
    })),
    share('depth_alone', 'Explained by depth alone'),
    share('skip_silent', 'with the most needed skip silent'),
    share('copied', 'Pixel copied'),
  ];
  return table({
    caption: 'The audits’ figures, averaged over the audited seeds.',
    columns: [
      { title: 'Pretraining' },
      number('Audits'),
      number('PSNR, dB'),
      ...columns.map(({ title }) => number(title)),
    ],
    rows: audited.map((each) => [
      each.name,
      each.seeds,
      fixed(each.figures.quality, 1),
      ...columns.map(({ of }) => percent(of(each))),
    ]),
  });
}

/** How to audit the pretrainings that have not been: the first seed of each. */
function unaudited(pretrainings: readonly PretrainingRun[]): Content {
  const done = new Set(pretrainings.filter(({ audit }) => audit).map(({ name }) => name));
  const first = new Map(pretrainings.toReversed().map((pretraining) => [pretraining.name, pretraining]));
  const open = [...first.values()].filter(({ name }) => !done.has(name)).toReversed();
  if (open.length === 0) return undefined;
  return html`<p>${done.size === 0 ? 'No pretraining has been audited' : 'These pretrainings have not been audited'}; to see whether a network copies its image through the skip connections, run</p>
<pre><code>${open.map(({ run }) => `npx fewmask audit ${run.folder}`).join('\n')}</code></pre>
<p>and then <code>npx fewmask report</code> on the study’s folder.</p>`;
}
