import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csvOf, parseCsv } from '../../src/core/csv.ts';
import { owning } from '../../src/core/lock/lock.node.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

async function folderWith(name: string, ...files: string[]): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const file of files) await writeFile(join(path, file), 'mine');
  return path;
}

/** That of a training, with files of these names. */
async function runWith(name: string, ...files: string[]): Promise<string> {
  const path = await folderWith(name, ...files);
  await writeFile(join(path, 'config.yaml'), 'kind: train\n');
  return path;
}

test('a new folder is made, an empty one taken', async () => {
  await RunFolder.create(join(root, 'deep', 'new'), false);
  expect(await readdir(join(root, 'deep', 'new'))).toEqual([]);
  await RunFolder.create(await folderWith('empty'), false);
});

test('an earlier run is replaced only if that is asked for', async () => {
  const path = await runWith('run', 'metrics.jsonl');
  await mkdir(join(path, 'weights'));
  expect(await refusal(RunFolder.create(path, false))).toMatch(
    /run: got a folder with 3 entries.*--resume.*--overwrite/,
  );
  expect(await readdir(path)).toHaveLength(3);
  await RunFolder.create(path, true);
  expect(await readdir(path)).toEqual([]);
});

test('a file that was not written to its end is nothing, and goes away', async () => {
  const unfinished = 'config.yaml.0b9d7a7e-9d3c-4f2e-8f0a-1c2d3e4f5a6b.part';
  const path = await folderWith('cut', unfinished);
  await RunFolder.create(path, false);
  expect(await readdir(path)).toEqual([]);
  const weights = await folderWith('cut/weights', unfinished, 'my.part');
  await writeFile(join(path, unfinished), 'config');
  await RunFolder.reopen(path);
  expect(await readdir(path)).toEqual(['weights']);
  expect(await readdir(weights)).toEqual(['my.part']);
});

test('a folder that is no run is not emptied, whatever is asked for', async () => {
  const path = await folderWith('holiday', 'beach.jpg');
  expect(await refusal(RunFolder.create(path, true))).toMatch(/is no run.*replaces runs only/);
  expect(await readdir(path)).toEqual(['beach.jpg']);
});

test.each([
  'hydra: {run: {dir: out}}',
  'kind: [',
  '- a',
  'kind: detector',
])('a folder with the config.yaml of something else is not emptied: %s', async (config) => {
  const path = await folderWith(`others-${config.length}`, 'report.html');
  await writeFile(join(path, 'config.yaml'), config);
  await mkdir(join(path, 'images'));
  await writeFile(join(path, 'images', 'p1.jpg'), 'mine');
  expect(await refusal(RunFolder.create(path, true))).toMatch(/is no run \(it has no config.yaml of one\)/);
  expect((await readdir(path)).sort()).toEqual(['config.yaml', 'images', 'report.html']);
  expect(await readdir(join(path, 'images'))).toEqual(['p1.jpg']);
});

test("one's own files stay where a run or a study that is replaced has some, too", async () => {
  const path = await folderWith('mixed', 'notes.txt', 'report.html');
  await writeFile(join(path, 'config.yaml'), 'kind: study\narms: {scratch: {}, empty: {}, images: {}}');
  const part = '.0b9d7a7e-9d3c-4f2e-8f0a-1c2d3e4f5a6b.part';
  const inside = {
    images: ['index.json', '0-input.png', 'worst-2.png', `worst-2.png${part}`, 'p1.jpg', 'best.png'],
    weights: ['best.safetensors', 'last.safetensors', 'yolo.pt'],
    'images/seed-0/train': ['config.yaml'],
    'scratch/seed-0': ['notes.txt'],
    'scratch/seed-0/train-22-1': ['config.yaml', 'mine.txt'],
    'scratch/seed-10/pretrain': ['config.yaml'],
    scratch: ['seeds.txt'],
    'empty/seed-0/train': ['config.yaml'],
  };
  for (const [folder, names] of Object.entries(inside)) {
    await mkdir(join(path, folder), { recursive: true });
    for (const name of names) await writeFile(join(path, folder, name), '');
  }
  await RunFolder.create(path, true);
  expect((await readdir(path, { recursive: true })).sort()).toEqual(
    [
      'images',
      'images/best.png',
      'images/p1.jpg',
      'notes.txt',
      'scratch',
      'scratch/seed-0',
      'scratch/seed-0/notes.txt',
      'scratch/seeds.txt',
      'weights',
      'weights/yolo.pt',
    ].map((name) => join(name)),
  );
});

test.skipIf(process.platform === 'win32')('a link is taken away, and nothing behind it', async () => {
  const [path, away] = [await runWith('linked'), await folderWith('away', 'best.safetensors')];
  for (const [name, target] of [
    ['weights', away],
    ['tensorboard', away],
    ['images', join(root, 'nowhere')],
  ])
    await symlink(target, join(path, name));
  await RunFolder.create(path, true);
  expect([await readdir(path), await readdir(away)]).toEqual([[], ['best.safetensors']]);
});

test('settings that must not be read are told as that', async () => {
  const path = await folderWith('unread', 'report.html');
  await mkdir(join(path, 'config.yaml'));
  expect(await refusal(RunFolder.create(path, true))).toMatch(/config\.yaml: got an error \(EISDIR\)/);
  expect(await refusal(RunFolder.create(path, false))).toMatch(/a folder with 2 entries/);
});

test('a study is replaced whose arm and pretraining have one name', async () => {
  const path = await folderWith('one-name');
  await writeFile(
    join(path, 'config.yaml'),
    'kind: study\narms: {identity: {}}\npretrainings: {identity: {}}',
  );
  await mkdir(join(path, 'identity', 'seed-0', 'train'), { recursive: true });
  await RunFolder.create(path, true);
  expect(await readdir(path)).toEqual([]);
});

test('a study is not overwritten while somebody writes a run in it', async () => {
  const path = await folderWith('busy-study', 'study.csv');
  await writeFile(join(path, 'config.yaml'), 'kind: study\narms: {scratch: {}}');
  const run = join(path, 'scratch', 'seed-0', 'train');
  await owning(run, async () => {
    expect(await refusal(RunFolder.create(path, true))).toMatch(
      /scratch\/seed-0\/train: got a folder that is being written \(process \d+ on /,
    );
    expect((await readdir(path)).sort()).toEqual(['config.yaml', 'scratch', 'study.csv']);
    await writeFile(join(run, 'metrics.jsonl'), '');
  });
  await RunFolder.create(path, true);
  expect(await readdir(path)).toEqual([]);
});

test('a file is no folder', async () => {
  const path = join(await folderWith('files', 'a'), 'a');
  expect(await refusal(RunFolder.create(path, true))).toMatch(/a file in the way.*expected a folder/);
});

test('what the file system refuses is named', async () => {
  const nowhere = join(root, 'leads-nowhere');
  await symlink(join(root, 'gone', 'gone'), nowhere);
  expect(await refusal(RunFolder.create(nowhere, false))).toMatch(
    /leads-nowhere: got a file where a folder would have to be \(EEXIST\)/,
  );
  const folder = await RunFolder.create(join(root, 'blocked'), false);
  await mkdir(join(folder.path, 'metrics.jsonl'));
  expect(await refusal(folder.appendMetrics({ step: 1 }))).toMatch(/metrics.jsonl: got an error on writing/);
});

test('epochs go into metrics.jsonl and results.csv, steps into the first only', async () => {
  const folder = await RunFolder.create(join(root, 'rows'), false);
  await folder.appendMetrics({ step: 1, train_loss: 0.5 });
  await folder.appendEpoch({ epoch: 1, train_loss: 0.5, val_dice: 0.25 });
  await folder.appendEpoch({ epoch: 2, train_loss: 1e-9, val_dice: 0 });
  const read = (name: string) => readFile(join(folder.path, name), 'utf8');
  expect(await read('results.csv')).toBe('epoch,train_loss,val_dice\n1,0.5,0.25\n2,1e-9,0\n');
  expect(
    (await read('metrics.jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { step: 1, train_loss: 0.5 },
    { epoch: 1, train_loss: 0.5, val_dice: 0.25 },
    { epoch: 2, train_loss: 1e-9, val_dice: 0 },
  ]);
});

test('CSV quotes what would break it', () => {
  const rows = [
    { stem: 'a', dice: 1 },
    { stem: 'b, "c"\nd', dice: 0.5 },
  ];
  expect(csvOf(rows)).toBe('stem,dice\na,1\n"b, ""c""\nd",0.5\n');
});

test.each([
  "=cmd()|' /C calc'!A0",
  '+1+2',
  '-1+2',
  '@x',
  "'=x",
  "''@x",
  "'",
  "'a",
  '\t=1',
  'a\rb',
  '\r=1',
  '-',
])('a text that is %j is no formula, and is read as it was', (stem) => {
  const text = csvOf([{ stem, dice: -0.5, told: '-0.5' }]);
  expect(text).not.toMatch(/^stem,dice,told\n"?[=+\-@\t\r]/);
  expect(text.endsWith(',-0.5,-0.5\n')).toBe(true);
  expect(parseCsv(text)).toEqual([{ stem, dice: '-0.5', told: '-0.5' }]);
});

test('a state that is ahead of the rows is refused, and nothing is taken away', async () => {
  const folder = await RunFolder.create(join(root, 'ahead'), false);
  const metrics = join(folder.path, 'metrics.jsonl');
  expect(await refusal(folder.cutBack(3, 0))).toMatch(/metrics\.jsonl: got no row of any step, expected/);
  await folder.appendMetrics({ step: 1, train_loss: 0.5 });
  await folder.appendEpoch({ epoch: 1, train_loss: 0.5, 'val_dice:a,b': 0.25 });
  const before = await readFile(metrics, 'utf8');
  expect(await refusal(folder.cutBack(99999, 1))).toMatch(
    /metrics\.jsonl: got rows up to step 1, expected those up to step 99999, which state\.safetensors has come to/,
  );
  expect(await refusal(folder.cutBack(1, 2))).toMatch(/metrics\.jsonl: got rows up to epoch 1, expected/);
  expect(await readFile(metrics, 'utf8')).toBe(before);
  await folder.cutBack(1, 1);
  expect(await readFile(metrics, 'utf8')).toBe(before);
  await writeFile(join(folder.path, 'results.csv'), 'epoch,train_loss\n');
  expect(await refusal(folder.cutBack(1, 1))).toMatch(/results\.csv: got no row of any epoch, expected/);
});
