import { dotChart, type Line, lineChart } from './charts.ts';
import { measuresOf } from './comparisons.ts';
import { seedLines } from './curves.ts';
import type { Html } from './html.ts';
import { type EpochValue, membersOf, type RunKind, type Size, type Study, scoresOf } from './model.ts';
import { lookOf } from './palette.ts';
import { mean } from './statistics.ts';

const lookOfArm = (study: Study, arm: string) => lookOf(study.arms.indexOf(arm));

/** Test Dice of every seed at both sizes, on one scale, and how it is distributed over the images. */
export function testCharts(study: Study): Html[] {
  const dice = measuresOf(study).slice(0, 2);
  const all = dice.flatMap(({ values }) => [...values.values()].flatMap((bySeed) => [...bySeed.values()]));
  const xDomain = paddedDomain(all);
  const dots = dice.map(({ name, values }) =>
    dotChart({
      title: `M${name.slice(1)}`,
      xLabel: 'Dice',
      xDomain,
      note: 'One symbol for each seed, a bar at their mean; grey lines join the runs of one seed.',
      rows: [...values].map(([arm, bySeed]) => ({
        name: arm,
        look: lookOfArm(study, arm),
        bySeed,
        mean: mean([...bySeed.values()])!,
      })),
    }),
  );
  const distribution = lineChart({
    title: 'Test Dice over images, native size',
    xLabel: 'Dice',
    yLabel: 'share of images at or below',
    mayBeLog: false,
    wholeX: false,
    xDomain: [0, 1],
    yDomain: [0, 1],
    note: 'The lower the curve, the fewer images with a low Dice.',
    lines: study.arms.flatMap((arm) => distributionLines(study, arm, 'native')),
  });
  return [...dots, distribution].filter((chart) => chart !== undefined);
}

/** Curves of one kind of run, all arms on the same axes. */
export function curveCharts(study: Study, kind: RunKind): Html[] {
  const chart = (title: string, yLabel: string, value: EpochValue, mayBeLog: boolean) =>
    lineChart({
      title,
      xLabel: 'epoch',
      yLabel,
      mayBeLog,
      lines: study.arms.flatMap((arm) =>
        seedLines(
          arm,
          lookOfArm(study, arm),
          membersOf(study, arm).map((member) => member[kind]),
          value,
        ),
      ),
    });
  const charts =
    kind === 'train'
      ? [
          chart('Training loss', 'loss', 'train_loss', true),
          chart('Validation loss', 'loss', 'val_loss', true),
          chart('Validation Dice', 'Dice', 'val_dice', false),
        ]
      : [
          chart('Validation error', 'MSE', 'val_mse', true),
          chart('Validation PSNR', 'PSNR (dB)', 'val_psnr', false),
          chart('Training loss', 'loss', 'train_loss', true),
        ];
  return charts.filter((figure) => figure !== undefined);
}

/** Says how the lines of several seeds are drawn. */
export const seedNote =
  'Thin lines are single seeds, thick lines their mean at epochs that all seeds have reached.';

const grid = Array.from({ length: 101 }, (_, i) => i / 100);

function distributionLines(study: Study, arm: string, size: Size): Line[] {
  const look = lookOfArm(study, arm);
  const curves = membersOf(study, arm)
    .map(({ test }) => scoresOf(test, size, 'dice'))
    .filter((scores) => scores.length > 0)
    .map((scores) =>
      grid.map((x) => ({ x, y: scores.filter((score) => score <= x).length / scores.length })),
    );
  if (curves.length === 0) return [];
  const means = grid.map((x, i) => ({ x, y: mean(curves.map((points) => points[i].y))! }));
  const thin = curves.length > 1 ? curves : [];
  return [
    ...thin.map((points): Line => ({ name: arm, look, weight: 'thin', points })),
    { name: arm, look, weight: 'thick', points: means },
  ];
}

/** The values' range with a margin of a tenth on either side, at least .02 wide. */
function paddedDomain(values: readonly number[]): [number, number] | undefined {
  if (values.length === 0) return undefined;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.1 * (high - low), 0.01);
  return [Math.max(0, low - margin), Math.min(1, high + margin)];
}
