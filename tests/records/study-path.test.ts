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

test('a fold is part of the name', () => {
  const path = studyPath('scratch', 1, 'train', { labels: '22', draw: 2 }, 3);
  expect(path.join('/')).toBe('scratch/seed-1/train-22-2-fold3');
  expect(runOfFolder(path[2])).toEqual({ phase: 'train', labels: '22', draw: 2, fold: 3 });
  expect(studyPath('scratch', 1, 'train', undefined, 1)[2]).toBe('train-fold1');
  expect(runOfFolder('train-fold1')).toEqual({ phase: 'train', labels: undefined, draw: 0, fold: 1 });
  expect(runOfFolder(studyPath('x', 0, 'pretrain', undefined, 2)[2])).toEqual({ phase: 'pretrain', fold: 2 });
});

test('other folders are no runs', () => {
  for (const folder of ['seed-', 'seed-01', 'seed-x', 'seeds-1'])
    expect(seedOfFolder(folder)).toBeUndefined();
  for (const folder of ['pretrain-1', 'trained', 'train-1-2-3', 'audit'])
    expect(runOfFolder(folder)).toBeUndefined();
});
