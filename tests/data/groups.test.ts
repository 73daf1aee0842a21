import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataCheckText } from '../../src/cli/data-check-text.ts';
import { UserError } from '../../src/core/errors.ts';
import { checkData } from '../../src/data/check/check.node.ts';
import { joined } from '../../src/data/duplicates/together.ts';
import type { DataFolder, Sample } from '../../src/data/folders/folder.node.ts';
import { readGroupedFolder } from '../../src/data/folders/groups.node.ts';
import { groupsByPattern, groupsOfCsv } from '../../src/data/folders/groups.ts';
import { type SplitOptions, splitSamples } from '../../src/data/folders/split.ts';
import { dividedGroups } from '../../src/data/folders/whole-groups.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { pretrainingImages } from '../../src/train/pretrain.node.ts';
import { resolveTrain } from '../support/classic.ts';
import { writeDataset, writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

describe('a file of groups', () => {
  const read = (text: string) => {
    const { of, stems } = groupsOfCsv(text, 'groups.csv', (name) => name.replace(/\.png$/, ''));
    return stems!.map((stem) => `${stem} ${of(stem)}`);
  };

  test.each([
    ['a header by name, in any order, beside others', 'age,group,stem\n50,p1,a\n,p2,b.png\n'],
    ['no header', 'a,p1\nb.png,p2'],
    [
      'another line end, a mark at the start, quotes and spaces',
      '\ufeffstem,group\r\n"a", p1 \r\n\r\nb,"p2"\r\n',
    ],
  ])('%s', (_, text) => expect(read(text)).toEqual(['a p1', 'b p2']));

  test('the same twice is once', () => expect(read('a,p1\na.png,p1\n')).toEqual(['a p1']));

  test.each([
    ['a,p1\nb,p2\na,p3\n', /groups.csv, line 3: got a in group p3, and in p1 in line 1/],
    ['stem,group\na,\n', /groups.csv, line 2: got no group of a/],
    ['stem,group\n,p1\n', /groups.csv, line 2: got no stem/],
    ['image,patient,age\na,p1,3\n', /the columns image, patient, age, expected .* stem and group/],
    ['stem;group\na;p1\n', /the columns stem;group, expected .* separated by commas/],
    ['group,name\np1,a\n', /the columns group, name/],
    ['', /an empty file/],
  ])('%j is refused', async (text, message) => expect(await refusal(() => read(text))).toMatch(message));
});

describe('a pattern of groups', () => {
  test.each([
    ['^([^_]+)_', 'p1_003', 'p1'],
    ['^p\\d+', 'p1_003', 'p1'],
    ['_(?<video>\\d+)$', 'p1_003', '003'],
    ['^x(\\d*)', 'x', undefined],
    ['^q', 'p1', undefined],
  ])('%s finds in %s %s', (pattern, stem, group) => expect(groupsByPattern(pattern).of(stem)).toBe(group));

  test('what is none is refused', async () => {
    expect(await refusal(() => groupsByPattern('(p'))).toMatch(
      /groupPattern: got Invalid regular expression/,
    );
    const both = { data: 'x', groups: 'g.csv', groupPattern: 'p' };
    expect(await refusal(() => resolveTrain(both, 1))).toMatch(/groups: got both/);
  });
});

describe('groups of a data folder', () => {
  const data = join(root, 'data');
  const csv = join(root, 'groups.csv');

  beforeAll(async () => {
    await writeDataset(data, { count: 4, masks: 3 });
  });

  test('an image without one is refused, a stem without an image is told', async () => {
    await writeFile(csv, 'image-00,a\nimage-01,a\nimage-02.png,b\n');
    expect(await refusal(readGroupedFolder(data, { groups: csv }))).toMatch(
      /groups.csv: got no group of 1 of 4 images of .*data: image-03, expected a line for each/,
    );
    await writeFile(csv, 'image-00,a\nimage-01,a\nimage-02.png,b\nimage-03,b\nimage-04,c\n');
    const { samples, warnings } = await readGroupedFolder(data, { groups: csv });
    expect(samples.map(({ group }) => group)).toEqual(['a', 'a', 'b', 'b']);
    expect(warnings).toEqual([`1 of 5 stems in ${csv} have no image in ${data}: image-04`]);
    // It may be one of the plain images.
    expect((await readGroupedFolder(data, { groups: csv, plain: 'DIR' })).warnings).toEqual([]);
  });

  test('a name that does not match is refused', async () => {
    expect(await refusal(readGroupedFolder(data, { groupPattern: '-0([1-9])' }))).toMatch(
      /groupPattern -0\(\[1-9\]\): got no group of 1 of 4 images of .*: image-00, expected a match/,
    );
  });
});

/** Stems that begin with their group. */
const inGroups = (sizes: readonly number[]) =>
  sizes.flatMap((size, group) => Array.from({ length: size }, (_, i) => `g${group}_${i}`));

function folderOf(stems: readonly string[], lists: DataFolder['lists'] = {}, bare = 0): DataFolder {
  const samples = [...stems].sort().map((stem, i): Sample => {
    const sample = { stem, image: `${stem}.png`, group: stem.split('_')[0] };
    return i < stems.length - bare ? { ...sample, mask: `${stem}-mask.png` } : sample;
  });
  return { root: 'data', samples, lists, warnings: [] };
}

const split = (folder: DataFolder, options: Partial<SplitOptions> = {}) =>
  splitSamples(folder, { seed: 1, labels: 'all', validation: true, ...options });

describe('a group is never in two parts', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 6, maxLength: 20 });
  const options = fc.record({
    seed: fc.nat(20),
    draw: fc.nat(2),
    labels: fc.constantFrom('all' as const, 5, 9, { fraction: 0.5 }),
    validation: fc.constantFrom(true, false, 'auto' as const),
  });
  const pairs = fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 6 });

  test('of drawn ones, with duplicates across them', () => {
    let refused = 0;
    fc.assert(
      fc.property(sizes, options, pairs, fc.nat(5), (sizes, options, pairs, bare) => {
        const folder = folderOf(inGroups(sizes), {}, bare);
        const cluster = new Map(
          pairs.flatMap(([a, b], i) => [a, b].map((at) => [folder.samples[at % folder.samples.length], i])),
        );
        const clusterOf = (sample: Sample) => cluster.get(sample);
        try {
          const { train, validation, test, plain } = split(folder, { ...options, clusterOf });
          expect(dividedGroups([train, validation, test])).toEqual([]);
          expect(dividedGroups([plain, [...validation, ...test]])).toEqual([]);
          const wholeOf = joined(folder.samples, clusterOf);
          const kept = new Set([...validation, ...test].map(wholeOf));
          expect(plain.filter((sample) => kept.has(wholeOf(sample)))).toEqual([]);
          expect(test.length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refused++;
        }
      }),
      { numRuns: 500 },
    );
    // Where the masks of a small budget are all of one group.
    expect(refused).toBeLessThan(150);
  });

  test('few masks come from many groups', () => {
    const { train, validation } = split(folderOf(inGroups(Array(10).fill(40))), { labels: 16 });
    expect(new Set([...train, ...validation].map(({ group }) => group)).size).toBeGreaterThan(5);
    expect(train.length + validation.length).toBe(16);
  });

  test('groups of one image each change nothing', () => {
    const stems = Array.from({ length: 60 }, (_, i) => `g${i}_0`);
    const bare = (samples: readonly Sample[]) => samples.map(({ group: _, ...sample }) => sample);
    const grouped = folderOf(stems);
    const alone = { ...grouped, samples: bare(grouped.samples) };
    const [ours, theirs] = [grouped, alone].map((folder) => split(folder, { labels: 20 }));
    for (const part of ['train', 'validation', 'test', 'plain'] as const)
      expect(bare(ours[part])).toEqual(theirs[part]);
  });

  test('one group cannot be split', async () => {
    expect(await refusal(() => split(folderOf(inGroups([20]))))).toMatch(
      /data: got 20 images with masks that all belong together, with group g0/,
    );
    const lists = { train: inGroups([20]), test: ['other_1', 'other_2'] };
    const listed = folderOf([...lists.train, ...lists.test], lists);
    expect(await refusal(() => split(listed))).toMatch(
      /labels: got 20 masks, all of group g0.*--no-validation/,
    );
    expect(split(listed, { validation: 'auto' }).validation).toEqual([]);
  });

  const stems = inGroups([6, 6, 6, 6]);
  const of = (...groups: number[]) => stems.filter((stem) => groups.includes(Number(stem[1])));

  test.each([
    [
      { train: of(0, 1), val: [...of(2), stems[0]] },
      /a group in several parts: g0 \(train.txt and val.txt\)/,
    ],
    [
      { train: of(0, 1), val: of(2), test: [...of(3), stems[0], stems[6]] },
      /2 groups .* g0 \(train.txt and test.txt\), g1/,
    ],
    [{ val: of(2), test: [...of(3), stems[0]] }, /g0 \(the images in no list and test.txt\)/],
    [{ train: of(0, 1).slice(1) }, /g0 \(train.txt and the images in no list\)/],
  ])('lists that split one are refused: %#', async (lists, message) => {
    expect(await refusal(() => split(folderOf(stems, lists)))).toMatch(message);
  });

  test('lists that do not are followed, and what validates is drawn whole', () => {
    const folder = folderOf(stems, { train: of(0, 1, 3), val: of(2) });
    const { train, validation, test } = split(folder);
    expect(test).toHaveLength(6);
    expect(validation).toHaveLength(6);
    expect(dividedGroups([train, validation, test])).toEqual([]);
    // What has no mask and is in no list is not learned from, either.
    const rest = folderOf(stems, { test: of(0, 1, 2).concat(stems[18]) }, 5);
    expect(split(rest, { validation: false, labels: 'all' }).plain).toEqual([]);
  });
});

describe('in a folder', () => {
  const data = join(root, 'videos');
  const plain = join(root, 'frames');
  const settings = { data, size: '32x32', labels: 'all', validation: true, groupPattern: '-(.)' };
  let stems: string[];

  beforeAll(async () => {
    stems = await writeDataset(data, { count: 40 });
    await mkdir(plain);
    const others = await writeDataset(join(root, 'others'), { count: 5, masks: 0, seed: 1 });
    // Frames of the same videos, by their names, and one of none.
    for (const video of [0, 1, 2, 3])
      await copyFile(
        join(root, 'others', 'images', `${others[video]}.png`),
        join(plain, `frame-${video}x.png`),
      );
    await copyFile(join(root, 'others', 'images', `${others[4]}.png`), join(plain, 'other.png'));
  });

  test('pretraining leaves out the groups of what validates or tests, in the folder of plain images, too', async () => {
    const folder = await readGroupedFolder(data, settings);
    const { validation, test } = split(folder, { seed: 0 });
    const kept = new Set([...validation, ...test].map(({ group }) => group));
    const own = await pretrainingImages({ ...settings, seed: 0 });
    expect(dividedGroups([own.train, [...validation, ...test]])).toEqual([]);
    const { train, warnings } = await pretrainingImages({ ...settings, seed: 0, plain });
    expect(train.map(({ stem }) => stem).filter((stem) => stem !== 'other')).toEqual(
      ['0', '1', '2', '3'].filter((video) => !kept.has(video)).map((video) => `frame-${video}x`),
    );
    expect(warnings.join()).toMatch(/images of .*frames are left out: .*or of their groups/);
    expect((await pretrainingImages({ ...settings, seed: 0, plain, transductive: true })).train).toHaveLength(
      5,
    );
  });

  test('data check tells of them', async () => {
    const check = await checkData(data, { groupPattern: '-(.)' });
    expect(check.groups).toEqual({ total: 4, smallest: 10, median: 10, largest: 10 });
    expect(check.plan).toMatchObject({ groups: { train: 2, validation: 1, test: 1 }, train: 20, test: 10 });
    const text = dataCheckText(check);
    expect(text).toMatch(/groups +4\n +images in each +10\n/);
    expect(text).toMatch(/ +train +20 \(2 groups\)\n +validate +10 \(1 group\)/);
    await writeList(data, 'test.txt', stems.slice(5, 15));
    expect((await checkData(data, { groupPattern: '-(.)' })).problems[0].message).toMatch(
      /cannot split it: .*2 groups in several parts: 0 \(the images in no list and test.txt\)/,
    );
  });
});

test('a resumed run needs the groups that it was started with', async () => {
  const folder = await RunFolder.create(join(root, 'run'), false);
  const entry = (group?: string) => ({ entries: [{ stem: 'a', image: '1', ...(group && { group }) }] });
  await folder.writeSplits({ train: entry('p1') });
  await folder.expectSplits({ train: entry('p1') });
  expect(await refusal(folder.expectSplits({ train: entry('p2') }))).toMatch(
    /train image 1: got a with group p2/,
  );
  expect(await refusal(folder.expectSplits({ train: entry() }))).toMatch(/got a with group none/);
});

test('two columns of one name are refused', () => {
  expect(() => groupsOfCsv('stem,group,group\na,1,2\n', 'groups.csv', (name) => name)).toThrow(
    /groups\.csv: got two columns "group", expected one of each name/,
  );
});
