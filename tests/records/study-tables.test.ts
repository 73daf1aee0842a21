import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTableCells, readTables } from '../../src/records/study-tables.node.ts';
import type { RunKey } from '../../src/records/study-tables.ts';
import { plantedTables } from '../study/planted.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

const tables = plantedTables(
  { arms: ['scratch', 'denoise'], labels: ['22', '10%'], seeds: 3 },
  ({ arm, labels, seed }) => ({
    dice: 0.5 + (arm === 'denoise' ? 0.1 : 0) + labels.length / 50 + seed / 100,
  }),
);

const csv = (rows: readonly object[]) =>
  [Object.keys(rows[0]), ...rows.map(Object.values)].map((cells) => `${cells.join()}\n`).join('');

const FILES = {
  'study.csv': csv(tables.images.map(({ scores, ...row }) => ({ ...row, ...scores }))),
  'runs.csv': csv(tables.runs),
  'epochs.csv': csv(tables.epochs),
};
type Name = keyof typeof FILES;

let made = 0;
async function folderWith(changes: Partial<Record<Name, string | undefined>> = {}): Promise<string> {
  const folder = join(root, `${made++}`);
  await mkdir(folder);
  for (const [name, text] of Object.entries({ ...FILES, ...changes }))
    if (text !== undefined) await writeFile(join(folder, name), text);
  return folder;
}

test('tables are read as they were written', async () => {
  expect(await readTables(await folderWith())).toEqual(tables);
});

test('other columns are allowed; those with numbers are metrics, which may have gaps', async () => {
  const [head, ...rows] = FILES['study.csv'].trimEnd().split('\n');
  const study = [`${head},note,nsd`, ...rows.map((row, i) => `${row},fine,${i === 2 ? '' : 0.5}`)].join('\n');
  const { images } = await readTables(await folderWith({ 'study.csv': study }));
  expect(Object.keys(images[0].scores)).toEqual(['dice', 'hd95', 'nsd']);
  expect(Object.keys(images[2].scores)).toEqual(['dice', 'hd95']);
});

test('a study without a finished run has empty tables', async () => {
  const heads = Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, `${text.split('\n', 1)[0]}\n`]),
  );
  expect(await readTables(await folderWith(heads))).toEqual({ images: [], runs: [], epochs: [] });
});

describe('of a study that is under way', () => {
  const isOne = (row: RunKey) => row.arm === 'denoise' && row.labels === '22' && row.seed === 1;
  const half: Partial<Record<Name, string>>[] = [
    { 'runs.csv': FILES['runs.csv'].replace(/^denoise,22,0,1,.*\n/m, '') },
    { 'study.csv': FILES['study.csv'].replace(/^denoise,22,0,1,.*\n/gm, '') },
  ];

  test.each(half)('a run that one table has not yet does not count: %#', async (changes) => {
    const folder = await folderWith(changes);
    await writeFile(join(folder, 'plan.csv'), '');
    const summary = { kind: 'study', arms: [], seconds: 1 };
    for (const interrupted of [undefined, true]) {
      if (interrupted)
        await writeFile(join(folder, 'summary.json'), JSON.stringify({ ...summary, interrupted }));
      const { images, runs, epochs } = await readTables(folder);
      expect([images.some(isOne), runs.some(isOne), epochs.some(isOne)]).toEqual([false, false, false]);
      expect([images.length, runs.length]).toEqual([44, 11]);
      expect((await readTableCells(folder)).images).toHaveLength(44);
    }
    await writeFile(join(folder, 'summary.json'), JSON.stringify({ ...summary, interrupted: false }));
    expect(await refusal(readTables(folder))).toMatch(/--resume DIR --gather/);
  });
});

describe.each<[string, Name, (text: string) => string | undefined, RegExp]>([
  ['a missing file', 'runs.csv', () => undefined, /runs\.csv: got no such file, expected .* lowest_val_loss/],
  ['a missing column', 'epochs.csv', (text) => text.replace('val_dice', 'dice'), /no column "val_dice"/],
  [
    'a word for a number',
    'study.csv',
    (text) => text.replace(/,[\d.]+\n(.*)$/s, ',x\n$1'),
    /study\.csv, row 1 after the header, hd95: got "x", expected a finite number/,
  ],
  [
    'nothing for a number',
    'runs.csv',
    (text) => text.replace(',88,', ',,'),
    /runs\.csv, row 7 after the header, masks: got nothing/,
  ],
  [
    'half a seed',
    'runs.csv',
    (text) => text.replace('scratch,22,0,1', 'scratch,22,0,1.5'),
    /runs\.csv, row 3 after the header, seed: got "1\.5", expected a whole number from 0 on/,
  ],
  [
    'an epoch before the first',
    'epochs.csv',
    (text) => text.replace(',0,1,', ',0,0,'),
    /epochs\.csv, row 1 after the header, epoch: got "0", expected a whole number from 1 on/,
  ],
  [
    'a run without arm',
    'runs.csv',
    (text) => text.replace('\nscratch', '\n'),
    /runs\.csv, row 1 after the header, arm: got nothing/,
  ],
  [
    'a row that is there twice',
    'study.csv',
    (text) => text + text.split('\n')[1],
    /study\.csv, row 49 after the header: got arm scratch, labels 22, draw 0, seed 0, image 0 a second time/,
  ],
  [
    'a run without images',
    'study.csv',
    (text) => text.replace(/^denoise,22,0,1,.*\n/gm, ''),
    /runs\.csv: arm denoise, labels 22, draw 0, seed 1: got a run without images, expected its scores in study\.csv/,
  ],
  [
    'images without a run',
    'runs.csv',
    (text) => text.replace(/^denoise,22,0,1,.*\n/m, ''),
    /runs\.csv: arm denoise, labels 22, draw 0, seed 1: got no row, expected one/,
  ],
  [
    'another mean than that of the images',
    'study.csv',
    (text) => text.replace(/^denoise,22,0,1,3,.*\n/m, ''),
    /runs\.csv: arm denoise, labels 22, draw 0, seed 1: got dice 0\.\d+, expected 0\.\d+, the mean of its images/,
  ],
])('%s', (_, name, change, message) => {
  test('is refused, and named', async () => {
    const folder = await folderWith({ [name]: change(FILES[name]) });
    expect(await refusal(readTables(folder))).toMatch(message);
  });
});
