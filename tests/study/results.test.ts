import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRIC_NAMES, OVERLAP_METRICS } from '../../src/eval/metrics.ts';
import { summariseScores } from '../../src/objectives/segment.ts';
import type { TrainSummary } from '../../src/records/summaries.ts';
import { KnownRuns } from '../../src/study/run/known-runs.node.ts';
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

test('runs that have ended are taken in at once, and a run once only', async () => {
  const [folder, runs] = [join(root, 'resumed'), ['a', 'b', 'c']];
  const planned = runs.map(
    (arm, i): StudyRun => ({
      ...{ phase: 'train', arm, seed: 0, labels: '3', draw: 0, number: i + 1 },
      ...{ of: 3, steps: 1, stepsInAll: 3, epochs: 1, audited: false },
    }),
  );
  const folderOf = ({ arm }: { readonly arm: string }) => join(folder, arm);
  const ones = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, 0.5])) as Record<Name, number>;
  const test = summariseScores([{ native: ones(METRIC_NAMES), network: ones(OVERLAP_METRICS) }]);
  const ended: TrainSummary = { ...summary, test };
  for (const arm of runs) {
    await mkdir(folderOf({ arm }), { recursive: true });
    await writeFile(join(folderOf({ arm }), 'test.csv'), 'stem,dice\na,0.5\n');
    await writeFile(join(folderOf({ arm }), 'results.csv'), 'epoch,train_loss\n1,2\n');
    const written = JSON.stringify({ ...ended, interrupted: arm === 'c' });
    await writeFile(join(folderOf({ arm }), 'summary.json'), written);
  }
  const results = new StudyResults(folder, runs);
  expect(await results.addFinished(planned, folderOf)).toEqual([planned[2]]);
  const tables = async () =>
    Promise.all(['study.csv', 'runs.csv'].map((name) => readFile(join(folder, name), 'utf8')));
  const before = await tables();
  expect(before.map((text) => text.trimEnd().split('\n').length)).toEqual([3, 3]);
  await results.add(planned[0], folderOf(planned[0]), ended);
  expect(await tables()).toEqual(before);
});

test('a run that was done elsewhere and is known no more is named', async () => {
  const results = new StudyResults(root, ['a']);
  const run: StudyRun = {
    ...{ phase: 'train', arm: 'a', seed: 0, labels: '3', draw: 0, number: 1 },
    ...{ of: 1, steps: 1, stepsInAll: 1, epochs: 1, audited: false },
  };
  expect(() => results.takeKnown([run], KnownRuns.none)).toThrow(/arm a, .* name their folder with --known/);
});
