import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrainSummary } from '../../src/records/summaries.ts';
import type { StudyRun } from '../../src/study/run/plan.ts';
import { StudyResults } from '../../src/study/run/results.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

const native = { dice: { mean: 0.5 } } as NonNullable<TrainSummary['test']>['native'];
const network = native as NonNullable<TrainSummary['test']>['network'];
const summary: TrainSummary = {
  ...{ kind: 'train', steps: 1, epochs: 1, images: 1, masks: 3, interrupted: false },
  ...{ stopped_early: false, seconds: 1, waited_for_data: 0, best_epoch: 1, best_val_dice: 0.25 },
  test: { images: 1, native, network },
  ...{ validated_on: 4, baselines: { otsu: 0.5, nearest: 0.125 } },
};

test('the tables are in the order of the plan, whichever run ended first', async () => {
  const results = new StudyResults(root, ['scratch', 'identity']);
  const csv = join(root, 'study.csv');
  const add = async (number: number, arm: 'scratch' | 'identity', ...lines: readonly string[]) => {
    const drawn = { seed: 7, labels: '3', draw: 0 };
    const planned = { number, of: 2, steps: 1, stepsInAll: 2, epochs: 1, audited: false };
    const run: StudyRun = { phase: 'train', arm, ...drawn, ...planned };
    const folder = join(root, arm);
    await mkdir(folder);
    await writeFile(join(folder, 'test.csv'), lines.map((line) => `${line}\n`).join(''));
    await writeFile(join(folder, 'results.csv'), 'epoch,train_loss,val_loss,val_dice\n1,2,0.75,0.25\n');
    await results.add(run, folder, summary);
  };
  await add(2, 'identity', 'stem,dice,nsd,net_dice', 'a,0.5,0.25,0.75', '"b, or ""c""",1,1,1');
  await add(1, 'scratch', 'stem,dice,nsd,net_dice', 'a,0.125,,0.0625');
  expect(await readFile(csv, 'utf8')).toBe(
    [
      'arm,seed,image,dice,nsd,net_dice,labels,draw',
      'scratch,7,a,0.125,,0.0625,3,0',
      'identity,7,a,0.5,0.25,0.75,3,0',
      'identity,7,"b, or ""c""",1,1,1,3,0',
      '',
    ].join('\n'),
  );
  expect((await readFile(join(root, 'runs.csv'), 'utf8')).split('\n').slice(0, 2)).toEqual([
    'arm,seed,labels,draw,masks,steps,epochs,best_epoch,best_val_dice,lowest_val_loss,dice,validated_on,otsu,mean_mask,nearest',
    'scratch,7,3,0,3,1,1,1,0.25,0.75,0.5,4,0.5,,0.125',
  ]);
  expect(results.arms().map(({ arm, dice }) => [arm, dice])).toEqual([
    ['scratch', 0.125],
    ['identity', 0.75],
  ]);
});
