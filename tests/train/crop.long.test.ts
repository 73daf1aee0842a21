import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { resolveTrain, runTraining } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readMetrics } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork, tinySettings } from '../support/tiny.ts';

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

test('pieces of plain images are marked by a teacher, too', async () => {
  const { metrics } = await learned('taught', { labels: 4, consistency: 'teacher' });
  expect(metrics.steps.every(({ consistency_loss: loss }) => Number.isFinite(loss))).toBe(true);
  const { crop, ...whole } = options;
  const padded = await learned(
    'taught-padded',
    { labels: 4, consistency: 'teacher', crop: undefined, fit: 'pad' },
    whole,
  );
  // 90 x 70 pixels in 32 x 32: seven rows of 32 are border.
  for (const { pseudo_share: share } of padded.metrics.steps)
    expect(share).toBeLessThanOrEqual(25 / 32 + 1e-6);
});

async function learned(name: string, changes: object, from: object = options) {
  await runTraining({ ...settings, ...from, consistencyThreshold: 0.5, ...changes } as never, {
    out: at(name),
  });
  return { metrics: await readMetrics(at(name)) };
}

test.each([
  ['pieces', { crop: true }],
  ['images with a border', { fit: 'pad' }],
] as const)('the decoder is pretrained on %s, and painted are whole images', async (name, how) => {
  const out = at(`pre ${name}`);
  const { data, encoder } = options;
  const given = {
    data,
    encoder,
    ...tinyNetwork,
    batch: 2,
    epochs: 1,
    threads: 1,
    workers: 1,
    pretext: 'denoise',
  };
  const summary = await runPretraining({ ...given, ...how }, { out });
  expect(summary.val_mse).toBeGreaterThan(0);
  expect(parse(await readFile(join(out, 'config.yaml'), 'utf8'))).toMatchObject(how);
  const { predictions } = await predict({ run: out, images: [at('large/images/image-00.png')], threads: 1 });
  expect(predictions[0].mask).toMatchObject({ width: 90, height: 70 });
  const tuned = await runTraining({ ...options, pretrained: out }, { out: at(`tuned ${name}`) });
  expect(tuned.test!.images).toBeGreaterThan(0);
});
