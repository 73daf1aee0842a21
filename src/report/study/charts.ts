import { armChart, meanLine } from '../charts/arm-charts.ts';
import type { Study } from '../model.ts';
import type { Html } from '../page/html.ts';
import { scoresIn, testedRuns } from './tables.ts';

const grid = Array.from({ length: 51 }, (_, i) => i / 50);

/** How test Dice is distributed over the images, by arm. */
export function distributionChart(study: Study, labels: string): Html | undefined {
  const tested = testedRuns(study).filter((run) => run.labels === labels);
  const lines = study.arms.map((arm) =>
    meanLine(
      arm,
      tested
        .filter((run) => run.arm === arm)
        .map((run) => scoresIn(run, 'native', 'dice'))
        .filter((scores) => scores.length > 0)
        .map((scores) =>
          grid.map((x) => ({ x, y: scores.filter((score) => score <= x).length / scores.length })),
        ),
    ),
  );
  return armChart(
    {
      title: 'Test Dice over images, native size',
      xLabel: 'Dice',
      yLabel: 'share of images at or below',
      mayBeLog: false,
      wholeX: false,
      xDomain: [0, 1],
      yDomain: [0, 1],
      note: 'The lower the curve, the fewer images with a low Dice. Line: mean over the runs; band: from the lowest to the highest.',
    },
    lines,
    study,
  );
}
