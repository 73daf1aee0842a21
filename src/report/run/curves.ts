import { type Line, lineChart, type Point } from '../charts/charts.ts';
import { lookOf } from '../charts/palette.ts';
import type { EpochValue, Run, StepRow } from '../model.ts';
import type { Html } from '../page/html.ts';
import { mean } from '../statistics.ts';

/** A value against epochs. */
function epochPoints(run: Run, value: EpochValue): Point[] {
  return run.epochs.flatMap((row) => {
    const y = row[value];
    return y === undefined ? [] : [{ x: row.epoch, y }];
  });
}

const mostPoints = 400;

/** Step rows as points; where there are more than 400, each point is the mean over equally many steps. */
export function stepPoints(
  rows: readonly StepRow[],
  value: Exclude<keyof StepRow, 'step'>,
): { points: Point[]; width: number } {
  const points = rows.flatMap((row) => {
    const y = row[value];
    return y === undefined ? [] : [{ x: row.step, y }];
  });
  const width = Math.ceil(points.length / mostPoints);
  if (width <= 1) return { points, width: 1 };
  const bins = Array.from({ length: Math.ceil(points.length / width) }, (_, i) =>
    points.slice(i * width, (i + 1) * width),
  );
  return {
    width,
    points: bins.map((bin) => ({ x: bin[bin.length - 1].x, y: mean(bin.map(({ y }) => y))! })),
  };
}

/** The charts of a single run, those for which there are numbers. */
export function runCharts(run: Run, bestEpoch: number | undefined): Html[] {
  const charts = [...epochCharts(run, bestEpoch), ...stepCharts(run)];
  return charts.filter((chart) => chart !== undefined);
}

const lineOf = (name: string, index: number, points: readonly Point[]): Line => ({
  name,
  look: lookOf(index),
  points,
});

function epochCharts(run: Run, bestEpoch: number | undefined): (Html | undefined)[] {
  const rule = bestEpoch === undefined ? undefined : { x: bestEpoch, text: `best epoch (${bestEpoch})` };
  const overEpochs = { xLabel: 'epoch', rule };
  const line = (name: string, index: number, value: EpochValue) =>
    lineOf(name, index, epochPoints(run, value));
  return [
    lineChart({
      ...overEpochs,
      title: run.kind === 'train' ? 'Training and validation loss' : 'Training loss',
      yLabel: 'loss',
      legend: run.kind === 'train',
      lines: [line('training', 0, 'train_loss'), line('validation', 1, 'val_loss')],
    }),
    lineChart({
      ...overEpochs,
      title: 'Validation Dice and IoU',
      yLabel: 'score (0 to 1)',
      mayBeLog: false,
      lines: [line('Dice', 1, 'val_dice'), line('IoU', 2, 'val_iou')],
    }),
    lineChart({
      ...overEpochs,
      title: 'Validation error',
      yLabel: 'MSE',
      legend: false,
      lines: [line('validation', 1, 'val_mse')],
    }),
    lineChart({
      ...overEpochs,
      title: 'Validation PSNR',
      yLabel: 'PSNR (dB)',
      mayBeLog: false,
      legend: false,
      lines: [line('validation', 1, 'val_psnr')],
    }),
    lineChart({
      ...overEpochs,
      title: 'Pseudo-masks of plain images',
      yLabel: 'share or score (0 to 1)',
      mayBeLog: false,
      note: 'How many pixels count, in how many of them the network says the same as the teacher, and the Dice of its masks where the truth is known.',
      lines: [
        line('share that counts', 0, 'pseudo_share'),
        line('agreement', 1, 'pseudo_agreement'),
        line('Dice', 2, 'pseudo_dice'),
      ],
    }),
  ];
}

const STEP_CHARTS = [
  ['Training loss at each step', 'loss', 'train_loss'],
  ['Learning rate', 'learning rate', 'lr'],
  ['Gradient norm', 'norm', 'gradient_norm'],
] as const;

const stepCharts = (run: Run): (Html | undefined)[] =>
  STEP_CHARTS.map(([title, yLabel, value]) => {
    const { points, width } = stepPoints(run.steps, value);
    return lineChart({
      title,
      yLabel,
      xLabel: 'step',
      note: width > 1 ? `Each point is the mean of ${width} steps.` : undefined,
      mayBeLog: value !== 'lr',
      legend: false,
      lines: [lineOf('training', 0, points)],
    });
  });
