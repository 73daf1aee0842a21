import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { splitSamples } from '../../src/data/folders/split.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { HEAD_PREFIX } from '../../src/nn/model.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { architectureOf } from '../../src/settings/architecture.node.ts';
import { splitOptionsOf } from '../../src/settings/meaning.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import { pretrainingImages } from '../../src/train/pretrain.node.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { resolveTrain, runTraining } from '../support/classic.ts';
import { writeDataset, writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readWeights } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings, stems } = await tinySettings(root, 12);
const plain = join(root, 'plain');
const plainStems = await writeDataset(plain, { count: 5, masks: 0, prefix: 'plain' });
const stemsOf = (samples: readonly { stem: string }[]) => samples.map(({ stem }) => stem);

describe('the images to pretrain on', () => {
  const asked = { labels: '5', validation: true, size: '32x32' };
  const { data } = settings;

  test.each([0, 1, 2])('with seed %i: all that neither validate nor test, masks or not', async (seed) => {
    const splits = splitSamples(await readDataFolder(data), splitOptionsOf({ ...asked, seed }));
    const { train, validation } = await pretrainingImages({ ...asked, seed, data });
    const kept = stemsOf([...splits.validation, ...splits.test]);
    expect(stemsOf(validation)).toEqual(stemsOf(splits.validation));
    expect(stemsOf(train).sort()).toEqual(stems.filter((stem) => !kept.includes(stem)));
  });

  test('a folder of plain images, without those that are kept for validation and testing', async () => {
    const images = join(root, 'mixed');
    await mkdir(images);
    for (const stem of stems)
      await copyFile(join(data, 'images', `${stem}.png`), join(images, `${stem}.png`));
    for (const stem of plainStems) {
      await copyFile(join(plain, 'images', `${stem}.png`), join(images, `${stem}.png`));
    }
    const { train, validation, warnings } = await pretrainingImages({
      ...asked,
      seed: 0,
      data,
      plain: images,
    });
    const splits = splitSamples(await readDataFolder(data), splitOptionsOf({ ...asked, seed: 0 }));
    const kept = stemsOf([...splits.validation, ...splits.test]);
    expect(kept).toHaveLength(4);
    expect(stemsOf(train)).toEqual([...stems, ...plainStems].filter((stem) => !kept.includes(stem)));
    expect(stemsOf(validation)).toEqual(stemsOf(splits.validation));
    expect(warnings.join()).toMatch(/^4 images of .*mixed are left out/);
  });

  test('of listed images none, whether the budget takes them or not and whether they have masks', async () => {
    const listed = join(root, 'listed');
    const all = await writeDataset(listed, { count: 12, masks: 11 });
    await writeList(listed, 'val.txt', all.slice(0, 4));
    await writeList(listed, 'test.txt', all.slice(9));
    const images = join(listed, 'images');
    for (const validation of [true, false]) {
      const { train } = await pretrainingImages({
        ...asked,
        validation,
        seed: 0,
        data: listed,
        plain: images,
      });
      expect(stemsOf(train)).toEqual(all.slice(4, 9));
    }
    await rm(join(listed, 'masks'), { recursive: true });
    const { train, validation } = await pretrainingImages({ ...asked, seed: 0, data: listed, plain: images });
    expect(stemsOf([...train, ...validation]).sort()).toEqual(all.slice(4, 9));
  });

  test('plain images alone give two or more of themselves to validate', async () => {
    const { train, validation } = await pretrainingImages({ ...asked, seed: 0, plain });
    expect(validation).toHaveLength(2);
    expect([...stemsOf(train), ...stemsOf(validation)].sort()).toEqual(plainStems);
    const other = await pretrainingImages({ ...asked, validation: false, seed: 0, plain });
    expect(stemsOf(other.train)).toEqual(plainStems);
    expect(other.validation).toEqual([]);
  });

  test('no duplicate of what validates or tests, unless it is transductive', async () => {
    const folder = join(root, 'doubled');
    const own = await writeDataset(folder, { count: 12, sizes: [[96, 96]] });
    const images = join(root, 'doubles');
    const others = await writeDataset(images, { count: 4, masks: 0, prefix: 'other' });
    await writeList(folder, 'test.txt', own.slice(0, 3));
    const copy = (from: string, to: string) =>
      sharp(join(folder, 'images', `${from}.png`))
        .resize(64, 64)
        .jpeg({ quality: 80 })
        .toFile(join(to, 'images', `again-${from}.jpg`));
    await copy(own[0], images);
    await copy(own[1], folder);
    const of = (options: object) =>
      pretrainingImages({ ...asked, seed: 0, data: folder, ...options }).then(({ train, warnings }) => ({
        train: stemsOf(train),
        warnings,
      }));
    const inductive = await of({ validation: false });
    expect(inductive).toEqual({ train: own.slice(3), warnings: [] });
    const transductive = await of({ validation: false, transductive: true });
    expect(transductive.train.sort()).toEqual([`again-${own[1]}`, ...own]);
    expect(await of({ plain: images, validation: false })).toEqual({
      train: others,
      warnings: [
        `1 images of ${images} are left out: they validate or test, or are duplicates of images that do`,
      ],
    });
    expect((await of({ plain: images, transductive: true })).train).toEqual([`again-${own[0]}`, ...others]);
  });

  test('what validates is not trained on, even if it is transductive', async () => {
    const options = { ...asked, seed: 0, data, transductive: true };
    const { train, validation } = await pretrainingImages(options);
    expect(validation.length).toBeGreaterThan(0);
    expect(stemsOf([...train, ...validation]).sort()).toEqual(stems);
  });

  test('it is in the record of the run', () => {
    expect(resolvePretrain({ data }, 1).transductive).toBe(false);
    expect(resolvePretrain({ data, transductive: true }, 1).transductive).toBe(true);
  });

  test('too few to validate', async () => {
    await writeDataset(join(root, 'two'), { count: 2, masks: 0 });
    const attempt = pretrainingImages({ ...asked, seed: 0, plain: join(root, 'two') });
    expect(await refusal(attempt)).toMatch(/got 2 images, expected at least 3.*--no-validation/);
  });
});

test('fine-tuning takes the decoder of a pretraining run, and draws the output layer as from scratch', async () => {
  const pretrained = await untrainedRun(join(root, 'pretrained'), 'pretrain', { ...settings, seed: 7 });
  // At this learning rate a step moves nothing.
  const still = { ...settings, seed: 3, lr: 1e-12, labels: 3, validation: false, pretrained };
  await runTraining(still, { out: join(root, 'run') });
  const { tensors } = await readWeights(join(root, 'run'), 'last');
  const scratch = freshWeights(architectureOf(resolveTrain(still, 1), MASK_HEAD), 3);
  const source = (await readCheckpoint(join(pretrained, 'weights/last.safetensors'))).tensors;
  for (const [name, { data }] of tensors) {
    if (name.includes('running_')) continue;
    const expected = (name.startsWith(HEAD_PREFIX) ? scratch : source).get(name)!.data;
    expect(largestDifference(data, expected), name).toBeLessThan(1e-9);
  }
});
