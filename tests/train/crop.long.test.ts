import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { resolveTrain, runTraining } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
await writeDataset(at('large'), { count: 8, sizes: [[90, 70]] });
const options = { ...settings, data: at('large'), crop: true, augment: 'light', workers: 1 } as const;

test('trains on pieces, validates, tests and predicts by tiles, and all of it is written down', async () => {
  const summary = await runTraining(options, { out: at('run') });
  expect(summary.test!.images).toBeGreaterThan(0);
  expect(summary.best_val_dice).toBeGreaterThanOrEqual(0);
  const config = parse(await readFile(at('run/config.yaml'), 'utf8'));
  expect(config).toMatchObject({ crop: true, cropScale: 1, cropObjects: 0.5 });
  const { metadata } = await readCheckpoint(at('run/weights/best.safetensors'));
  expect(metadata).toMatchObject({ crop: 'true', crop_scale: '1', crop_objects: '0.5' });
  const scored = await evaluate({ run: at('run') });
  expect(scored.applied).toMatchObject({ tile: '32x32', scale: 1 });
  expect(scored.rows.map(({ dice }) => dice)).toEqual(
    (await readFile(at('run/test.csv'), 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[1])),
  );
  const [{ probabilities }] = (await predict({ run: at('run'), images: [at('large/images/image-00.png')] }))
    .predictions;
  expect(probabilities!.shape).toEqual([1, 70, 90]);
});

test('images with a border are trained on, tested and evaluated without it', async () => {
  const { crop, ...whole } = options;
  const summary = await runTraining({ ...whole, fit: 'pad' }, { out: at('padded') });
  expect(summary.test!.native.dice.mean).toBeGreaterThanOrEqual(0);
  const { metadata } = await readCheckpoint(at('padded/weights/best.safetensors'));
  expect(metadata).toMatchObject({ fit: 'pad' });
  const { scores } = await evaluate({ run: at('padded') });
  expect(scores).toHaveLength(summary.test!.images);
  expect(await refusal(async () => resolveTrain({ ...options, fit: 'pad' }, 1))).toContain('leave out --fit');
});

test('settings of pieces are for pieces, and nothing is written of them elsewhere', async () => {
  const { crop, ...whole } = options;
  expect(resolveTrain(whole, 1)).not.toHaveProperty('crop');
  expect(await refusal(async () => resolveTrain({ ...whole, cropScale: 2 }, 1))).toContain('--crop');
});
