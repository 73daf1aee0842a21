import { fixed, missing, probability, range, signed } from '../../core/format.ts';
import { mean } from '../../core/mean.ts';
import { lookOf } from '../charts/palette.ts';
import { dotChart } from '../charts/row-charts.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { absent } from '../page/page.ts';
import { number, table } from '../page/table.ts';
import { standardDeviation } from '../statistics.ts';
import { budgetsOf, type NamedBudget, underHeadings } from './budgets.ts';
import { diceBySeed, diceDomain } from './dice.ts';

/** How much results vary from seed to seed, and losses from epoch to epoch. */
export function stabilitySection(study: Study): Content {
  if (study.tables.runs.length === 0) return absent('No segmentation training has ended yet.');
  return underHeadings(budgetsOf(study), (budget) => atBudget(study, budget));
}

function atBudget(study: Study, { labels }: NamedBudget): Content {
  const byArm = diceBySeed(study, labels);
  if (byArm.size === 0) return undefined;
  const chart = dotChart({
    title: 'Mean test Dice of each seed, native size',
    xLabel: 'Dice',
    xDomain: diceDomain(study),
    rows: [...byArm].map(([name, bySeed]) => ({
      name,
      look: lookOf(study.arms.indexOf(name)),
      bySeed,
      mean: mean([...bySeed.values()]),
    })),
  });
  return [html`<div class="charts">${chart}</div>`, stabilityTable(study, labels, byArm)];
}

function stabilityTable(
  { findings, baseline }: Study,
  labels: string,
  byArm: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Html {
  const found = findings.budgets.find((budget) => budget.labels === labels)?.stability;
  const [reference] = found?.over_epochs ?? [];
  return table({
    caption: `Standard deviation of the mean test Dice over the seeds, as a ratio to that of ${baseline} over the seeds that both have (Pitman and Morgan; from three seeds on). Change: of the validation loss from epoch to epoch, its mean size over the second half of training${reference ? `; ${baseline} has ${fixed(reference.baseline_mean, 4)}` : ''}.`,
    columns: [
      { title: 'Arm' },
      number('Seeds'),
      number('SD of Dice'),
      number('Ratio'),
      number('95 % interval'),
      number('p (Holm)'),
      number('Change'),
      number('Difference'),
      number('95 % interval'),
      number('p (Holm)'),
    ],
    rows: [...byArm].map(([arm, bySeed]) => {
      const spread = found?.over_seeds.find((each) => each.arm === arm);
      const change = found?.over_epochs.find((each) => each.arm === arm);
      const own = arm === baseline ? reference?.baseline_mean : change?.mean;
      return [
        arm,
        bySeed.size,
        fixed(standardDeviation([...bySeed.values()]), 4),
        fixed(spread?.ratio === undefined ? undefined : Math.sqrt(spread.ratio), 2),
        spread ? spread.ci95.map((end) => fixed(Math.sqrt(end), 2)).join(' to ') : missing,
        spread ? probability(spread.p_holm) : missing,
        fixed(own, 4),
        signed(change?.difference, 4),
        range(change?.ci95, 4),
        change ? probability(change.p_holm) : missing,
      ];
    }),
  });
}
