import { describe, expect, test } from 'vitest';
import { formatDuration, Progress } from '../../src/cli/progress.ts';
import type { StepEvent } from '../../src/events/run-event.ts';
import type { PretrainSummary, TrainSummary } from '../../src/index.ts';

test.each([
  [0, '0 s'],
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [200, '3 min 20 s'],
  [3599.7, '1 h 00 min'],
  [7500, '2 h 05 min'],
  [100 * 3600, '100 h 00 min'],
])('%f seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

/** A screen that remembers, and a clock to be set. */
function fakeScreen(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  const clock = { ms: 5000 };
  const screen = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, clock, progress: new Progress(screen, () => clock.ms) };
}

const step = (number: number, loss = 0.5): StepEvent => ({
  type: 'step',
  step: number,
  steps: 10,
  epoch: Math.ceil(number / 5),
  epochs: 2,
  loss,
  lr: 1e-3,
  gradientNorm: 1,
  levelNorms: {},
  measures: {},
});
const run = {
  arm: 'denoise',
  seed: 1,
  phase: 'pretrain',
  number: 3,
  of: 9,
  steps: 10,
  stepsInAll: 90,
  epochs: 1,
  audited: false,
} as const;

describe('on a terminal', () => {
  test('one live line with the time left, measured from the first step', () => {
    const { written, clock, progress } = fakeScreen(true);
    progress.listen(step(1));
    clock.ms += 2000;
    progress.listen(step(2, 0.25));
    expect(written).toEqual([
      '\r\x1b[Kstep 1/10, epoch 1/2, loss 0.5000',
      '\r\x1b[Kstep 2/10, epoch 1/2, loss 0.2500, 16 s left',
    ]);
  });

  test('lines that stay take the live line away first', () => {
    const { written, progress } = fakeScreen(true);
    progress.listen({ type: 'notice', level: 'warning', text: 'few masks' });
    progress.listen(step(5));
    progress.listen({
      type: 'epoch',
      epoch: 1,
      epochs: 2,
      row: { epoch: 1, train_loss: 0.5, val_dice: 0.75, seconds: 3 },
      best: true,
    });
    progress.clear();
    expect(written).toEqual([
      'warning: few masks\n',
      '\r\x1b[Kstep 5/10, epoch 1/2, loss 0.5000',
      '\r\x1b[K',
      'epoch 1: train loss 0.5000, dice 0.7500 (best)\n',
    ]);
  });

  test('an epoch with all its scores fits into 80 columns', () => {
    const { written, progress } = fakeScreen(true);
    const row = { epoch: 100, train_loss: 1.1, val_loss: 1.2, val_dice: 0.3, val_iou: 0.2, seconds: 3 };
    progress.listen({ type: 'epoch', epoch: 1, epochs: 2, row: row, best: true });
    const line = 'epoch 100: train loss 1.1000, val loss 1.2000, dice 0.3000, iou 0.2000 (best)';
    expect(line.length).toBeLessThan(80);
    expect(written).toEqual([`${line}\n`]);
  });

  test('the line is cut to the width of the screen', () => {
    const { written, progress } = fakeScreen(true, 20);
    progress.listen(step(1));
    expect(written).toEqual(['\r\x1b[Kstep 1/10, epoch 1/']);
  });

  test('in a study all runs under way are on the line, and the time is that of the whole study', async () => {
    const { written, clock, progress } = fakeScreen(true);
    const other = { ...run, arm: 'scratch', number: 4, phase: 'train', labels: '88', draw: 0 } as const;
    progress.listen({ type: 'run', run, out: 'out', event: { type: 'start' } });
    progress.listen({ type: 'run', run, out: 'out', event: step(1) });
    progress.listen({ type: 'run', run: other, out: 'out', event: { type: 'start' } });
    clock.ms += 1000;
    progress.listen({ type: 'run', run: other, out: 'out', event: step(1) });
    clock.ms += 1000;
    progress.listen({ type: 'run', run, out: 'out', event: step(2) });
    const summary = { kind: 'pretrain', val_psnr: 24.31, seconds: 61 } as PretrainSummary;
    progress.listen({
      type: 'run',
      run: run,
      out: 'out',
      event: { type: 'done', out: 'folder', summary: summary },
    });
    clock.ms += 1000;
    progress.listen({ type: 'run', run: other, out: 'out', event: step(2) });
    expect(written).toEqual([
      '\r\x1b[K[0/9]; denoise 1 pretrain 10 %',
      '\r\x1b[K[0/9], 1 min 28 s left; denoise 1 pretrain 10 %; scratch 1 train 10 %',
      '\r\x1b[K[0/9], 1 min 27 s left; denoise 1 pretrain 20 %; scratch 1 train 10 %',
      '\r\x1b[K',
      '[1/9] denoise, seed 1, pretraining: PSNR 24.3 dB in 1 min 01 s, 1 min 19 s left\n',
      '\r\x1b[K[1/9], 1 min 18 s left; scratch 1 train 20 %',
    ]);
  });

  test('a pretraining that learns nothing says what it did', async () => {
    const { written, progress } = fakeScreen(true);
    progress.listen({ type: 'run', run, out: 'out', event: { type: 'start' } });
    progress.listen({ type: 'phase', phase: 'computing statistics', done: 16, total: 869 });
    const summary = { kind: 'pretrain', method: 'statistics', images: 869, seconds: 8 } as PretrainSummary;
    progress.listen({
      type: 'run',
      run: run,
      out: 'out',
      event: { type: 'done', out: 'folder', summary: summary },
    });
    expect(written[0]).toBe('\r\x1b[Kcomputing statistics 16/869');
    expect(written.at(-1)).toMatch(/^\[1\/9\] denoise, seed 1, pretraining: statistics of 869 images in 8 s/);
  });

  test('runs that were done before a break count as done, but not for the pace', async () => {
    const { written, clock, progress } = fakeScreen(true);
    progress.listen({ type: 'run', run, out: 'out', event: { type: 'start' } });
    progress.listen({
      type: 'run',
      run: run,
      out: 'out',
      event: {
        type: 'done',
        out: 'folder',
        summary: { kind: 'pretrain', val_psnr: 24.31, seconds: 61 } as PretrainSummary,
      },
    });
    const next = { ...run, number: 4, phase: 'train', labels: '88', draw: 0 } as const;
    progress.listen({ type: 'run', run: next, out: 'out', event: { type: 'start' } });
    progress.listen({ type: 'run', run: next, out: 'out', event: step(6) });
    clock.ms += 1000;
    progress.listen({ type: 'run', run: next, out: 'out', event: step(7) });
    expect(written.at(-1)).toBe('\r\x1b[K[1/9], 1 min 13 s left; denoise 1 train 70 %');
  });

  test('when a seed is begun, the table of those before it stays', async () => {
    const { written, progress } = fakeScreen(true);
    const tuning = { ...run, seed: 0, phase: 'train', labels: '22', draw: 1 } as const;
    progress.listen({ type: 'run', run: tuning, out: 'out', event: { type: 'start' } });
    const overlap = { dice: { mean: 0.5 } } as NonNullable<TrainSummary['test']>['native'];
    const test = { images: 1, native: overlap, network: overlap };
    const scores = { lowest_val_loss: 0.4, best_val_dice: 0.5, best_epoch: 1, steps: 3, test };
    const summary: TrainSummary = {
      ...{
        kind: 'train',
        interrupted: false,
        stopped_early: false,
        steps: 3,
        epochs: 1,
        images: 1,
        masks: 1,
      },
      ...{ test, seconds: 3, waited_for_data: 0 },
    };
    const arm = { arm: 'denoise', labels: '22', seeds: [{ seed: 0, draw: 1, ...scores }] };
    progress.listen({ type: 'arms', arms: [{ ...arm, dice: 0.5, net_dice: 0.5 }] });
    progress.listen({
      type: 'run',
      run: tuning,
      out: 'out',
      event: { type: 'done', out: 'folder', summary: summary },
    });
    progress.listen({ type: 'run', run: { ...run, seed: 1 }, out: 'out', event: { type: 'start' } });
    expect(written[0]).toMatch(/^\[1\/9\] denoise, seed 0, masks 22, draw 1: test Dice 0\.5000 in 3 s/);
    expect(written[1]).toMatch(/^\narm +Dice, native.*\ndenoise +0\.5000 +0\.5000 +0\.5000 +0\.4000\n\n$/);
  });
});

test('elsewhere plain lines, no steps and no control characters', () => {
  const { written, progress } = fakeScreen(false);
  progress.listen({ type: 'phase', phase: 'reading images', done: 1, total: 2 });
  progress.listen(step(1));
  progress.listen({
    type: 'epoch',
    epoch: 1,
    epochs: 2,
    row: { epoch: 1, train_loss: 0.5, seconds: 3 },
    best: false,
  });
  progress.listen({ type: 'phase', phase: 'testing', done: 1, total: 2 });
  progress.clear();
  expect(written).toEqual(['epoch 1: train loss 0.5000\n']);
});
