import { expect, test } from 'vitest';
import { runOfFolder, seedOfFolder, studyPath } from '../../src/records/study-path.ts';

test.each([
  [studyPath('identity', 3, 'pretrain'), 'identity/seed-3/pretrain', undefined, undefined],
  [studyPath('scratch', 0, 'train'), 'scratch/seed-0/train', undefined, 0],
  [studyPath('scratch', 0, 'train', { labels: '10%', draw: 0 }), 'scratch/seed-0/train-10%', '10%', 0],
  [studyPath('scratch', 12, 'train', { labels: '22', draw: 2 }), 'scratch/seed-12/train-22-2', '22', 2],
] as const)('%j is read as it was written', (path, written, labels, draw) => {
  expect(path.join('/')).toBe(written);
  const [, seed, run] = path;
  expect(seedOfFolder(seed)).toBe(Number(/\d+/.exec(written)![0]));
  expect(runOfFolder(run)).toEqual({ phase: run.split('-')[0], labels, draw });
});

test('other folders are no runs', () => {
  for (const folder of ['seed-', 'seed-01', 'seed-x', 'seeds-1'])
    expect(seedOfFolder(folder)).toBeUndefined();
  for (const folder of ['pretrain-1', 'trained', 'train-1-2-3', 'audit'])
    expect(runOfFolder(folder)).toBeUndefined();
});
