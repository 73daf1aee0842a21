import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StudyRun } from '../../src/study/plan.ts';
import { StudyResults } from '../../src/study/results.node.ts';
import type { TrainSummary } from '../../src/train/train.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

const summary: TrainSummary = {
  ...{ kind: 'train', steps: 1, epochs: 1, images: 1, interrupted: false },
  ...{ stopped_early: false, seconds: 1, waited_for_data: 0 },
};

test('study.csv has the scores under their columns, in the order of the plan, though not every run has all', async () => {
  const results = new StudyResults();
  const csv = join(root, 'study.csv');
  const add = async (number: number, arm: 'scratch' | 'identity', ...lines: readonly string[]) => {
    const run: StudyRun = { phase: 'train', arm, seed: 7, number, of: 2, steps: 1, stepsInAll: 2 };
    const folder = join(root, arm);
    await mkdir(folder);
    await writeFile(join(folder, 'test.csv'), lines.map((line) => `${line}\n`).join(''));
    await results.add(run, folder, summary, csv);
  };
  await add(2, 'identity', 'stem,dice,nsd,net_dice', 'a,0.5,0.25,0.75', '"b, or ""c""",1,1,1');
  await add(1, 'scratch', 'stem,dice,net_dice', 'a,0.125,0.0625');
  expect(await readFile(csv, 'utf8')).toBe(
    [
      'arm,seed,image,dice,net_dice,nsd',
      'scratch,7,a,0.125,0.0625,',
      'identity,7,a,0.5,0.75,0.25',
      'identity,7,"b, or ""c""",1,1,1',
      '',
    ].join('\n'),
  );
});
