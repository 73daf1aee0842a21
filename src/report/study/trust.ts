import { fixed } from '../../core/format.ts';
import { ENOUGH_TO_CHOOSE } from '../../data/folders/split.ts';
import { BASELINE_NAMES, baselineText } from '../../eval/baseline-names.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { number, table } from '../page/table.ts';
import { mean, present } from '../statistics.ts';
import { budgetsOf, underHeadings } from './budgets.ts';
import { scoresIn, testedRuns } from './tables.ts';

/** What was chosen and how far that flatters, and what costs nothing; undefined where neither is known. */
export function trustSection(study: Study): Content {
  const budgets = budgetsOf(study).filter(({ labels }) =>
    study.tables.runs.some(
      (run) =>
        run.labels === labels &&
        (run.best_val_dice !== undefined || BASELINE_NAMES.some((name) => run[name] !== undefined)),
    ),
  );
  if (budgets.length === 0) return undefined;
  return underHeadings(budgets, ({ labels }) => [trustTable(study, labels), warning(study, labels)]);
}

/** By arm: Dice at the network's size, means over its runs. */
function trustTable(study: Study, labels: string): Html {
  const tested = testedRuns(study).filter((run) => run.labels === labels);
  const runs = study.tables.runs.filter((run) => run.labels === labels);
  const arms = study.arms.flatMap((arm) => {
    const own = runs.filter((run) => run.arm === arm);
    if (own.length === 0) return [];
    const last = own.map(({ seed, draw, fold }) =>
      study.tables.epochs.findLast(
        (row) =>
          row.arm === arm &&
          row.labels === labels &&
          row.seed === seed &&
          row.draw === draw &&
          row.fold === fold,
      ),
    );
    const scores = tested
      .filter((run) => run.arm === arm)
      .map((run) => mean(scoresIn(run, 'network', 'dice')));
    return [
      [
        arm,
        fixed(mean(present(own.map(({ best_val_dice }) => best_val_dice)))),
        fixed(mean(present(last.map((row) => row?.val_dice)))),
        fixed(mean(present(scores))),
      ],
    ];
  });
  const free = BASELINE_NAMES.flatMap((name) => {
    const values = present(runs.map((run) => run[name]));
    return values.length > 0
      ? [[`without a network: ${baselineText(name)}`, '', '', fixed(mean(values))]]
      : [];
  });
  return table({
    caption:
      'Mean Dice at network size. The best validation is the highest of all epochs, so it is flattered; the last epoch and the test are not. What costs nothing has seen the training masks of each run, and no test image',
    columns: [{ title: 'Arm' }, ...['Validation, best', 'Validation, last epoch', 'Test'].map(number)],
    rows: [...arms, ...free],
    groups: free.length > 0 ? [arms.length] : [],
  });
}

/** Where a choice rests on few images. */
function warning({ tables }: Study, labels: string): Content {
  const on = present(
    tables.runs.filter((run) => run.labels === labels).map(({ validated_on }) => validated_on),
  );
  const few = Math.min(...on);
  return (
    few < ENOUGH_TO_CHOOSE &&
    html`<p class="missing">Weights were chosen on ${few} images: with fewer than ${ENOUGH_TO_CHOOSE}, much of that is luck.</p>`
  );
}
