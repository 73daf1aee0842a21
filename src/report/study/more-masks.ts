import { fixed, missing, range } from '../../core/format.ts';
import type { MoreMasks } from '../../records/study-findings.ts';
import { type ArmLine, armChart } from '../charts/arm-charts.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { number, table } from '../page/table.ts';

/** What more masks would buy each arm: the curve, the table, and what is to be known of it. */
export function moreMasksPart(study: Study): Content {
  const { more_masks: found = [] } = study.findings;
  if (found.length === 0) return undefined;
  return [
    html`<h3>What ${found[0].more} more masks would buy</h3>`,
    html`<ul>${found.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>`,
    found.some(({ curve }) => curve) && [
      html`<div class="charts">${chart(study, found)}</div>`,
      curvesTable(found),
    ],
  ];
}

function chart(study: Study, found: readonly MoreMasks[]): Html | undefined {
  const { efficiency } = study.findings;
  const lines = found.flatMap(({ arm, curve }): ArmLine[] => {
    if (!curve) return [];
    const seen = efficiency?.curves.find((each) => each.arm === arm)?.points ?? [];
    return [
      {
        arm,
        points: curve.points.map(({ masks: x, value: y, ci95: [low, high] }) => ({ x, y, low, high })),
        dots: seen.map(({ masks: x, dice: y }) => ({ x, y })),
      },
    ];
  });
  const [{ masks: largest }] = found;
  const budgets = study.findings.budgets.map(({ masks }) => masks);
  return armChart(
    {
      title: 'Test Dice by number of masks, as the law has it',
      xLabel: 'masks (log scale)',
      yLabel: 'Dice',
      mayBeLog: false,
      wholeX: false,
      xTicks: [...budgets, 2 * largest],
      rule: { x: largest, text: 'the largest budget; beyond it nothing was seen' },
      note: 'Line: score = a − b · masks^−c. Band: 95 % interval over other seeds, draws of masks and images, most of which is the images’. Symbols: seen.',
    },
    lines,
    study,
  );
}

function curvesTable(found: readonly MoreMasks[]): Html {
  const [{ masks, more }] = found;
  const least = (number: number) => `${Number(number.toFixed(1))}`;
  return table({
    caption: `Test Dice with ${more} masks more than ${least(masks)}, and what they gain, in hundredths, with 95 % intervals; and the score with ${least(masks)} masks that the other budgets alone would have expected.`,
    columns: [
      { title: 'Arm' },
      number('Gain (points)'),
      number('95 % interval'),
      number(`Dice with ${least(masks + more)}`),
      number('95 % interval'),
      number('c'),
      number('Expected'),
      number('Seen'),
      number('Seeds'),
      number('Images'),
    ],
    rows: found.flatMap(({ arm, curve }) => {
      if (!curve) return [];
      const { gain, score, law, held_out: check, seeds, images, groups } = curve;
      return [
        [
          arm,
          fixed(100 * gain.value, 1),
          gain.ci95.map((end) => fixed(100 * end, 1)).join(' to '),
          fixed(score.value),
          plain(score.ci95),
          fixed(law.c, 1),
          check ? plain(check.predicted.ci95) : missing,
          fixed(check?.seen),
          seeds,
          groups === undefined ? images : `${images} in ${groups} groups`,
        ],
      ];
    }),
  });
}

const plain = (ends: readonly [number, number]): string => range([...ends]).replaceAll('+', '');
