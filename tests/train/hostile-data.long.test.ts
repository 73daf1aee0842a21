import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pretrain } from '../../src/index.ts';
import { runStudy } from '../../src/study/run/study.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining, train } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { readSplits, readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const out = join(root, 'run');

/** What training on a data folder is refused with; nothing may be written. */
async function refused(data: string, more = {}): Promise<string> {
  const message = await refusal(runTraining({ ...settings, data, ...more }, { out }));
  expect(existsSync(out)).toBe(false);
  return message;
}

describe('data that cannot be used', () => {
  test('no folder, an empty one, one without images', async () => {
    expect(await refused(join(root, 'nowhere'))).toMatch(/nowhere.images: got no such folder/);
    await mkdir(join(root, 'empty/images'), { recursive: true });
    expect(await refused(join(root, 'empty'))).toMatch(/empty.images: got a folder without images/);
    await writeFile(join(root, 'empty/images/notes.txt'), '');
    expect(await refused(join(root, 'empty'))).toMatch(/a data folder holds images\/, masks\//);
  });

  test('a list that leaves nothing to train on', async () => {
    await writeDataset(join(root, 'listed'), { count: 4 });
    await writeFile(join(root, 'listed/train.txt'), '');
    expect(await refused(join(root, 'listed'), { validation: false })).toMatch(
      /listed: got no training image with a mask: .*, expected at least one/,
    );
  });

  test('no masks', async () => {
    await writeDataset(join(root, 'bare'), { count: 4, masks: 0 });
    for (const validation of [true, false]) {
      expect(await refused(join(root, 'bare'), { validation })).toMatch(
        /bare: got no image with a mask, expected/,
      );
    }
  });

  test('masks with other names than their images', async () => {
    const folder = join(root, 'misnamed');
    const [stem] = await writeDataset(folder, { count: 1 });
    await rename(join(folder, 'masks', `${stem}.png`), join(folder, 'masks', `${stem}_mask.png`));
    expect(await refused(folder)).toContain(
      `no image with a mask; 1 of 1 masks have no image and are not used: ${stem}_mask, expected masks in masks/ ` +
        `with the names of their images, such as ${stem}.png, or annotations of a known format; pass --mask-suffix _mask`,
    );
  });

  test('more masks asked for than there are, and too few', async () => {
    expect(await refused(settings.data, { labels: 2000 })).toMatch(
      /got 2000 masks, expected at most the 8 masks/,
    );
    expect(await refused(settings.data, { labels: 2 })).toMatch(/got 2 masks, expected at least 3/);
  });

  test('a cut image, if asked to be strict; and an earlier run stays', async () => {
    const data = await withCutImage('strict');
    await mkdir(out);
    await writeFile(join(out, 'config.yaml'), 'kind: train # precious');
    const attempt = runTraining({ ...settings, data, strict: true }, { out, overwrite: true });
    expect(await refusal(attempt)).toMatch(
      /strict: got 1 problem:\n {2}1 image cannot be used and is left out:\n {4}.*image-03\.png: got [\s\S]*--strict/,
    );
    expect(await readFile(join(out, 'config.yaml'), 'utf8')).toBe('kind: train # precious');
    await rm(out, { recursive: true });
  });

  test('when none of the images to train on can be used', async () => {
    const data = await withCutImage('all-cut');
    await writeFile(join(data, 'train.txt'), 'image-03\n');
    expect(await refused(data, { validation: false })).toMatch(
      /all-cut: got no training image that can be used, of 1, expected at least one; .*fewmask data check/,
    );
  });
});

describe('an image that cannot be used', () => {
  test('is named once, before training, and left out of its part only', async () => {
    const data = await withCutImage('cut');
    const whole = join(root, 'sound');
    await writeDataset(whole, { count: 8 });
    const run = { ...settings, labels: 6 };
    const warnings: string[] = [];
    const warning = (warning: string) => void warnings.push(warning);
    await runTraining({ ...run, data: whole }, { out: join(root, 'of-all') });
    const summary = await runTraining(
      { ...run, data },
      { out: join(root, 'of-the-rest'), ...listening({ warning }) },
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^1 image cannot be used and is left out:\n {2}.*image-03\.png: got /);
    const [all, rest] = [await readSplits(join(root, 'of-all')), await readSplits(join(root, 'of-the-rest'))];
    expect(Object.values(all).flat()).toContain('image-03');
    for (const part of ['train', 'validation', 'test'] as const) {
      expect(rest[part], part).toEqual(all[part].filter((stem) => stem !== 'image-03'));
    }
    expect(summary.images).toBe(rest.train.length);
  });

  test('is left out of pretraining and of a study, and named once', async () => {
    const data = await withCutImage('cut-again');
    const warnings: string[] = [];
    const warning = (warning: string) => void warnings.push(warning);
    await runPretraining({ ...settings, data }, { out: join(root, 'pre'), ...listening({ warning }) });
    expect(warnings).toHaveLength(1);
    expect((await readSplits(join(root, 'pre'))).train).not.toContain('image-03');
    const { epochs, ...shared } = settings;
    await runStudy(
      { ...shared, data, arms: 'scratch,identity', seeds: 1, epochs: 1, pretrainEpochs: 1 },
      { out: join(root, 'study'), ...listening({ warning }) },
    );
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) expect(warning.match(/image-03\.png: got/g)).toHaveLength(1);
  });
});

test('the same image in training and test is a problem; a training of few steps gets a hint', async () => {
  const data = join(root, 'leaking');
  await writeDataset(data, { count: 8, sizes: [[40, 40]] });
  await writeFile(join(data, 'test.txt'), 'image-00\nimage-01\n');
  await copyFile(join(data, 'images', 'image-00.png'), join(data, 'images', 'image-05.png'));
  const warnings: string[] = [];
  const notices: string[] = [];
  const hooks = {
    warning: (warning: string) => void warnings.push(warning),
    notice: (notice: string) => void notices.push(notice),
  };
  await runTraining({ ...settings, data }, { out: join(root, 'leaked'), ...listening(hooks) });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^the same image in two parts of the data, once: image-05 \((training|validation)\) = image-00 \(test\)$/,
  );
  expect(notices).toEqual([
    'masks: 0 = background, 255 = object',
    'hint: only 2 steps of training, 2 an epoch; --epochs 100 makes 200',
  ]);
});

/** A data folder of eight images, of which one is cut. */
async function withCutImage(name: string): Promise<string> {
  const data = join(root, name);
  await writeDataset(data, { count: 8 });
  const image = join(data, 'images', 'image-03.png');
  await writeFile(image, (await readFile(image)).subarray(0, 200));
  return data;
}

test('masks that are exchanged or deleted while a run trains change no score', async () => {
  const data = join(root, 'exchanged');
  const stems = await writeDataset(data, { count: 10, sizes: [[40, 40]] });
  const run = { ...settings, data };
  const undisturbed = await runTraining(run, { out: join(root, 'undisturbed') });
  const { test: tested } = await readSplits(join(root, 'undisturbed'));
  expect(tested.length).toBeGreaterThan(1);
  const epoch = () => {
    for (const [i, stem] of stems.entries()) {
      const mask = join(data, 'masks', `${stem}.png`);
      rmSync(mask);
      if (i % 2) copyFileSync(join(data, 'images', `${stem}.png`), mask);
    }
  };
  const disturbed = await runTraining(run, { out: join(root, 'disturbed'), ...listening({ epoch }) });
  expect(existsSync(join(data, 'masks', `${stems[0]}.png`))).toBe(false);
  expect(disturbed.test).toEqual(undisturbed.test);
  const scores = (name: string) => readFile(join(root, name, 'test.csv'), 'utf8');
  expect(await scores('disturbed')).toBe(await scores('undisturbed'));
});

describe('pictures after training', () => {
  const pictured = async (name: string, spoil: (data: string, stem: string) => void) => {
    const data = join(root, `pictured-${name}`);
    await writeDataset(data, { count: 10, sizes: [[40, 40]] });
    const { test: tested } = await readSplits(join(root, 'undisturbed'));
    const at = join(root, `pictures-${name}`);
    const warnings: string[] = [];
    const epoch = () => spoil(data, tested[0]);
    const warning = (text: string) => void warnings.push(text);
    await train({ ...settings, data }, { out: at, ...listening({ epoch, warning }) });
    const { rows } = JSON.parse(await readFile(join(at, 'images', 'index.json'), 'utf8'));
    const shown = new Set(rows.map((row: { stem: string }) => row.stem));
    return { at, warnings, shown, gone: tested[0], tested };
  };
  const file = (data: string, folder: string, stem: string) => join(data, folder, `${stem}.png`);

  test.each([
    ['a deleted image', (data: string, stem: string) => rmSync(file(data, 'images', stem))],
    ['a deleted mask', (data: string, stem: string) => rmSync(file(data, 'masks', stem))],
    [
      'an exchanged mask',
      (data: string, stem: string) => copyFileSync(file(data, 'images', stem), file(data, 'masks', stem)),
    ],
    [
      'an exchanged image',
      (data: string, stem: string) => copyFileSync(file(data, 'masks', stem), file(data, 'images', stem)),
    ],
  ])('are made without %s, which is said', async (name, spoil) => {
    const { at, warnings, shown, gone, tested } = await pictured(name, spoil);
    expect(warnings).toEqual([`no pictures of ${gone}: the files are gone, or are not what the run used`]);
    expect(shown).toEqual(new Set(tested.filter((stem) => stem !== gone)));
    expect(existsSync(join(at, 'report.html'))).toBe(true);
  });

  test('are not made if all data are gone; the report is', async () => {
    const data = join(root, 'vanishing');
    await writeDataset(data, { count: 10, sizes: [[40, 40]] });
    for (const [name, run] of [
      ['train', train],
      ['pretrain', pretrain],
    ] as const) {
      const at = join(root, `vanished-${name}`);
      const warnings: string[] = [];
      const epoch = () => rmSync(join(data, 'images'), { recursive: true, force: true });
      const warning = (text: string) => void warnings.push(text);
      await writeDataset(data, { count: 10, sizes: [[40, 40]] });
      await run({ ...settings, data }, { out: at, ...listening({ epoch, warning }) });
      expect(warnings).toEqual([expect.stringMatching(/^no pictures of image-/)]);
      expect(existsSync(join(at, 'images', 'index.json'))).toBe(false);
      expect(existsSync(join(at, 'report.html'))).toBe(true);
    }
  });
});

test('three masks, images of one pixel, a batch larger than all, and a size that is not square', async () => {
  const data = join(root, 'pixels');
  await writeDataset(data, { count: 10, sizes: [[1, 1]] });
  const summary = await runTraining(
    { ...settings, data, labels: 3, batch: 16, size: '64x32', epochs: 2 },
    { out: join(root, 'odd') },
  );
  expect(summary).toMatchObject({ images: 1, steps: 2, epochs: 2 });
  const { train, validation, test } = await readSplits(join(root, 'odd'));
  expect([train.length, validation.length, test.length]).toEqual([1, 2, 2]);
  const { tensors, metadata } = await readWeights(join(root, 'odd'), 'last');
  expect(metadata.size).toBe('64x32');
  for (const [name, { data }] of tensors) expect(data.every(Number.isFinite), name).toBe(true);
});

test('an autoencoder pretrains on a data folder without masks', async () => {
  await writeDataset(join(root, 'unmasked'), { count: 4, masks: 0 });
  const summary = await runPretraining(
    { ...settings, plain: join(root, 'unmasked'), data: undefined },
    { out: join(root, 'autoencoder') },
  );
  expect(summary).toMatchObject({ kind: 'pretrain', images: 2, steps: 1, best_epoch: 1 });
  expect(Number.isFinite(summary.val_psnr)).toBe(true);
});
