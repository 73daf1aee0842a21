import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { addFlags, givenSettings } from '../../src/cli/flags.ts';
import { splitFolder } from '../../src/data/duplicates/duplicates.node.ts';
import { readDataFolder, type Sample } from '../../src/data/folders/folder.node.ts';
import { splitOptionsOf } from '../../src/settings/meaning.ts';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import { type TrainOptions, trainSchema } from '../../src/settings/training.ts';
import { consistencyOf } from '../../src/train/consistency.ts';
import { plainSamples } from '../../src/train/plain-samples.node.ts';
import { writeDataset, writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const data = at('data');
const settings: TrainOptions = { recipe: 'classic', data, labels: 6, ...tinyNetwork, consistency: 'teacher' };
let train: readonly Sample[];
let tested: readonly Sample[];

/** Twenty images with masks, six in use; two other folders, which have some images of each other and of these. */
beforeAll(async () => {
  const stems = await writeDataset(data, { count: 20 });
  await writeList(data, 'test.txt', stems.slice(0, 3));
  await writeDataset(at('one'), { count: 6, masks: 0, seed: 1, prefix: 'one' });
  // The names are those of other images: what counts is the content.
  await writeDataset(at('two'), { count: 4, masks: 0, seed: 2, prefix: 'one' });
  await mkdir(at('copy'));
  const splits = await splitFolder(await readDataFolder(data), splitOptionsOf(resolveTrain(settings, 1)));
  [train, tested] = [splits.train, splits.test];
  await copyFile(at('one', 'images', 'one-00.png'), at('two', 'images', 'again.png'));
  await copyFile(at('one', 'images', 'one-01.png'), at('copy', 'again.png'));
  await copyFile(tested[0].image, at('two', 'images', 'tested.png'));
  await copyFile(train[0].image, at('two', 'images', 'trained.png'));
});

const found = (changes: Partial<TrainOptions>) =>
  plainSamples(resolveTrain({ ...settings, ...changes }, 1), { train });
const bySource = (plain: readonly Sample[]) =>
  [1, 2, 3].map((number) => plain.filter(({ source }) => source === number).length);

describe('plain images of several folders', () => {
  test('an image counts once, and none that is a duplicate of one in use', async () => {
    const { plain, hidden, warnings } = await found({ plain: ['rest', at('one'), at('two')] });
    expect(bySource(plain)).toEqual([11, 6, 4]);
    expect(plain.slice(-4).map(({ stem }) => stem)).toEqual(['one-00', 'one-01', 'one-02', 'one-03']);
    expect(plain.filter(({ mask }) => mask !== undefined)).toEqual([]);
    // Of the data folder alone the masks are known.
    expect(hidden).toHaveLength(11);
    expect(warnings.join('\n')).toContain(`1 images of ${at('two')} are left out: they validate or test`);
    expect(warnings.join('\n')).toContain(
      `2 images of ${at('two')} are left out: they are duplicates of images with masks in use, or of an earlier --plain`,
    );
  });

  test('the first that has an image keeps it', async () => {
    const { plain } = await found({ plain: [at('two'), at('one')] });
    expect(bySource(plain)).toEqual([5, 5, 0]);
  });

  test('the training images may be among them', async () => {
    const { plain } = await found({ plain: [at('one'), 'labelled'] });
    expect(bySource(plain)).toEqual([6, 4, 0]);
    expect(plain.slice(6).map(({ image }) => image)).toEqual(train.map(({ image }) => image));
  });

  test('one of them is what it is by itself, and the rest is what is taken where none is named', async () => {
    expect(await found({ plain: [at('one')] })).toEqual(await found({ plain: at('one') }));
    const rest = await found({ plain: 'rest' });
    expect(rest).toEqual(await found({}));
    expect(rest.plain.every((sample) => !('source' in sample))).toBe(true);
  });

  test('one with nothing of its own is refused', async () => {
    expect(await refusal(found({ plain: [at('one'), at('copy')] }))).toMatch(
      /--plain .*copy: got 1 images, all duplicates of others in use, expected images that no other folder has/,
    );
    await mkdir(at('empty'), { recursive: true });
    expect(await refusal(found({ plain: [at('one'), at('empty')] }))).toMatch(
      /empty: got a folder without images/,
    );
  });

  test('and one with fewer than a step takes of it', async () => {
    const weighted = resolveTrain(
      { ...settings, plain: [at('one'), at('two')], plainWeights: '1,3', batch: 8 },
      1,
    );
    const { plain } = await plainSamples(weighted, { train });
    expect(await refusal(() => consistencyOf(weighted, plain))).toMatch(
      /--plain .*two: got 4 of 10 plain images, expected at least 6, which a step of 8/,
    );
    expect(consistencyOf({ ...weighted, plainWeights: [3, 1] }, plain)?.shares).toEqual([0.75, 0.25]);
    expect(consistencyOf({ ...weighted, plainWeights: undefined }, plain)?.shares).toBeUndefined();
  });
});

describe('folders of plain images as settings', () => {
  const plainOf = ({ plain, plainWeights }: TrainOptions) => {
    const resolved = resolveTrain({ ...settings, plain, plainWeights }, 1);
    return [resolved.plain, resolved.plainWeights];
  };

  test('are written in full, words as they are; one is a text', () => {
    expect(plainOf({ ...settings, plain: ['rest', 'labelled', 'synthetic', '/a=3,b'] })).toEqual([
      ['rest', 'labelled', 'synthetic:1000', '/a=3,b'],
      undefined,
    ]);
    expect(plainOf({ ...settings, plain: ['/a'] })).toEqual(['/a', undefined]);
    expect(plainOf({ ...settings, plain: ['/a', '/b'], plainWeights: '3, 0.5' })).toEqual([
      ['/a', '/b'],
      [3, 0.5],
    ]);
  });

  test.each<[Partial<TrainOptions>, RegExp]>([
    [{ plain: ['/a', '/b', '/a/'] }, /^plain: got \/a twice, expected each folder once/],
    [{ plain: [] }, /^plain: got \[\], expected/],
    [{ plain: ['/a', '/b'], plainWeights: '1,0' }, /^plainWeights: got "1,0", expected factors above 0/],
    [{ plain: ['/a', '/b'], plainWeights: [1, -1] }, /^plainWeights: got \[1,-1\], expected factors above 0/],
    [{ plain: ['/a', '/b'], plainWeights: 'x,1' }, /^plainWeights: got "x,1", expected factors above 0/],
    [
      { plain: ['/a', '/b'], plainWeights: 1 },
      /^plainWeights: got 1 number, expected one for each --plain, of which there are 2/,
    ],
    [
      { plainWeights: '1,2' },
      /^plainWeights: got 2 numbers, expected one for each --plain, of which there is 1/,
    ],
  ])('%j is refused', async (changes, said) => {
    expect(await refusal(() => resolveTrain({ ...settings, ...changes }, 1))).toMatch(said);
  });
});

test('a repeated flag makes a list', async () => {
  const command = new Command();
  addFlags(command, trainSchema);
  command.parse(['--plain', 'rest', '--plain', 'a,b=2', '--plain-weights', '3,1'], { from: 'user' });
  expect(givenSettings(command, trainSchema)).toEqual({ plain: ['rest', 'a,b=2'], plainWeights: '3,1' });
});
