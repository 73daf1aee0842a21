import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StepEvent } from '../../src/events/run-event.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { readMetrics, readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const place = (name: string) => ({ out: join(root, name) });

test('weights that are not finite any more name step, learning rate and the weights that are kept', async () => {
  const run = place('diverged');
  const message = await refusal(runTraining({ ...settings, lr: 1e30, epochs: 9 }, run));
  const kept = join(run.out, 'weights', 'last.safetensors');
  expect(message).toMatch(
    /^step 1, learning rate 1e\+30: got loss \d.*, weight norm Infinity, expected finite.*--lr/,
  );
  expect(message).toContain(kept);
  const { tensors } = await readWeights(run.out, 'last');
  for (const [name, { data }] of tensors) expect(data.every(Number.isFinite), name).toBe(true);
  await openRun(run.out, { weights: 'last' });
  expect(existsSync(join(run.out, 'metrics.jsonl'))).toBe(false);
});

test('without validation there are no best weights, and asking for them says so', async () => {
  const run = place('last-only');
  const summary = await runTraining({ ...settings, validation: false, maxSteps: 3, epochs: 9 }, run);
  expect(summary).toMatchObject({ steps: 3, epochs: 1, tested: 'last', interrupted: false });
  expect(summary).not.toHaveProperty('best_epoch', expect.anything());
  expect(existsSync(join(run.out, 'weights', 'best.safetensors'))).toBe(false);
  expect((await readMetrics(run.out)).steps).toHaveLength(3);
  expect(await refusal(openRun(run.out, { weights: 'best' }))).toMatch(
    /best\.safetensors: got no such file.*--weights last/,
  );
  expect((await openRun(run.out)).weights).toBe('last');
});

describe('the best epoch', () => {
  test('is the earliest of equals, and patience counts from it', async () => {
    // Steps this small move no pixel over the threshold: the validation Dice of all epochs is the same.
    const run = place('flat');
    const still = { ...settings, lr: 1e-12, epochs: 50, patience: 2 };
    const summary = await runTraining(still, run);
    const { epochs } = await readMetrics(run.out);
    expect(new Set(epochs.map((row) => row.val_dice)).size).toBe(1);
    expect(summary).toMatchObject({ best_epoch: 1, epochs: 3, stopped_early: true, interrupted: false });
    expect((await readWeights(run.out, 'best')).metadata).toMatchObject({ epoch: '1' });
    expect((await readWeights(run.out, 'last')).metadata).toMatchObject({ epoch: '3' });
  });

  test('is the one with the highest validation Dice', async () => {
    const run = place('moving');
    const summary = await runTraining({ ...settings, lr: 0.02, epochs: 6 }, run);
    const dice = (await readMetrics(run.out)).epochs.map((row) => row.val_dice);
    expect(dice).toHaveLength(6);
    expect(summary.best_val_dice).toBe(Math.max(...dice));
    expect(summary.best_epoch).toBe(1 + dice.indexOf(Math.max(...dice)));
    expect((await readWeights(run.out, 'best')).metadata).toMatchObject({
      epoch: String(summary.best_epoch),
      val_dice: String(summary.best_val_dice),
    });
  });
});

test('a signal ends the run after the step under way and keeps its weights', async () => {
  const run = place('interrupted');
  const stop = new AbortController();
  const step = ({ step }: StepEvent) => {
    if (step === 2) stop.abort();
  };
  const summary = await runTraining(
    { ...settings, epochs: 99 },
    { ...run, ...listening({ signal: stop.signal, step }) },
  );
  expect(summary).toMatchObject({ steps: 2, interrupted: true });
  expect(summary.test).toBeUndefined();
  expect((await readWeights(run.out, 'last')).metadata.step).toBe('2');
});
