import { fixed, range, signed } from '../../core/format.ts';
import { worstWords } from '../../runs/subgroup-words.ts';
import type { SubgroupScores } from '../../runs/subgroups.node.ts';
import { LEAST_UNITS, type Subgroup } from '../../stats/subgroups.ts';
import { axisMark, intervalMark, scaleOf } from '../charts/interval-marks.ts';
import type { Html } from '../page/html.ts';
import { page } from '../page/page.ts';
import { number, table } from '../page/table.ts';

/** How a run scores on parts of its images. */
export function subgroupsReport(run: string, scores: SubgroupScores): Html {
  const { metric, of, images, subgroups } = scores;
  return page({
    title: `Subgroups: ${run}`,
    subtitle: `${images} ${of === 'test' ? 'test images' : 'masks that were held out in turn'}, mean ${metric} ${fixed(scores.mean)}`,
    verdict: [
      worstWords(scores),
      'The intervals hold together with 95 %, however many subgroups there are. What a subgroup has beside its name, such as other devices, may be the cause.',
    ],
    sections: [{ id: 'all', title: 'Subgroups', body: all(subgroups, metric) }],
  });
}

function all(subgroups: readonly Subgroup[], metric: string): Html {
  const first = subgroups.flatMap(({ division }, i) =>
    i > 0 && division !== subgroups[i - 1].division ? [i] : [],
  );
  const estimates = subgroups.map(({ difference, interval }) => ({
    ...{ value: difference, low: interval?.[0], high: interval?.[1] },
  }));
  const scale = scaleOf(estimates);
  return table({
    caption: `Units are images, or where there are any the groups that they are of. Of fewer than ${LEAST_UNITS} no difference is told`,
    columns: [
      ...[{ title: 'By' }, { title: 'Subgroup' }, number('images'), number('units')],
      ...[number(`mean ${metric}`), number('difference'), number('95 % together')],
      { title: axisMark(scale), kind: 'plot' },
    ],
    headers: 2,
    groups: first,
    rows: subgroups.map(({ division, name, images, units, mean, difference, interval }, i) => [
      ...[division, name, String(images), String(units)],
      ...[fixed(mean), signed(difference), range(interval), intervalMark(scale, estimates[i], false)],
    ]),
  });
}
