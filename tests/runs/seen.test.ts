import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { seenText } from '../../src/runs/seen.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 12);
const at = (...names: string[]) => join(root, ...names);
const run = at('run');
const other = at('other');
let parts: Awaited<ReturnType<typeof readSplits>>;

beforeAll(async () => {
  await runTraining({ ...settings, maxSteps: 1 }, { out: run });
  parts = await readSplits(run);
  await writeDataset(other, { count: 3, seed: 9, prefix: 'new' });
  const copy = async (stem: string, name: string) => {
    for (const folder of ['images', 'masks'])
      await copyFile(join(settings.data, folder, `${stem}.png`), join(other, folder, `${name}.png`));
  };
  await copy(parts.train[0], 'copied');
  await copy(parts.validation[0], 'validated');
  await copy(parts.test[0], 'tested');
  await copy(parts.train[1], 'saved-again');
  const again = join(settings.data, 'images', `${parts.train[1]}.png`);
  await sharp(again)
    .linear(1.05, 2)
    .toFile(join(other, 'images', 'saved-again.png'));
});

test('what a network knows of another folder is told', async () => {
  const told: string[] = [];
  const result = await evaluate(
    { run, data: other, split: 'all' },
    { onEvent: (event) => event.type === 'notice' && told.push(event.text) },
  );
  expect(result.seen).toEqual({
    ...{ train: 1, validation: 1, plain: 0, alike: 1, of: 7 },
    images: ['copied', 'saved-again', 'validated'],
  });
  const sentence =
    '3 of 7 images are known to the network, so its scores there are no test: 1 trained it, 1 validated it, 1 look like images that trained or validated it';
  expect(seenText(result.seen!)).toBe(sentence);
  expect(told).toContain(sentence);
});

test('the test images of the run are not known, those that trained are', async () => {
  expect(await evaluate({ run })).not.toHaveProperty('seen');
  const { seen } = await evaluate({ run, split: 'train' });
  expect(seen).toMatchObject({ train: parts.train.length, of: parts.train.length });
});

describe('a link that leads to what is read is no place to write to', () => {
  const images = join(settings.data, 'images');
  beforeAll(async () => {
    await symlink(images, at('link'));
    await symlink(settings.data, at('data-link'));
    await symlink(run, at('run-link'));
  });

  test.each([
    ['predict', () => predict({ run, images: [images] }, { out: at('link') })],
    [
      'predict, one file',
      () => predict({ run, images: [join(images, 'image-00.png')] }, { out: at('link'), overwrite: true }),
    ],
    ['train, in the images', () => runTraining(settings, { out: at('link', 'new') })],
    ['train, in the masks', () => runTraining(settings, { out: at('data-link', 'masks') })],
    [
      'train, over its start',
      () => runTraining({ ...settings, pretrained: run }, { out: at('run-link'), overwrite: true }),
    ],
    [
      'train, over its weights',
      () =>
        runTraining(
          { ...settings, init: join(run, 'weights', 'last.safetensors') },
          { out: at('run-link'), overwrite: true },
        ),
    ],
  ])('%s', async (_, attempt) => {
    expect(await refusal(attempt())).toMatch(/leads to what is read, .*by a link to|the image .* itself/);
  });

  test('data that lies in a folder that is overwritten', async () => {
    await writeFile(join(settings.data, 'config.yaml'), 'kind: train\n');
    expect(await refusal(runTraining(settings, { out: settings.data, overwrite: true }))).toMatch(
      /leads to what is read/,
    );
    await rm(join(settings.data, 'config.yaml'));
  });

  test('the weights of the run that is exported', async () => {
    const file = join(at('run-link'), 'weights', 'last.safetensors');
    const attempt = exportRun({ run, to: 'smp' }, { out: file, overwrite: true });
    expect(await refusal(attempt)).toMatch(/leads to what is read/);
  });

  test('a place beside is free, by a link, too', async () => {
    await mkdir(at('space'));
    await symlink(at('space'), at('space-link'));
    const { predictions } = await predict({ run, images: [images] }, { out: at('space-link') });
    expect(predictions).toHaveLength(12);
  });
});
