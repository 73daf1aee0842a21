import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pretrain, study, train } from '../../src/index.ts';
import { bytesIn, fieldsOf, type ReadEvent, readEvents } from '../support/event-file.ts';
import { readMetrics } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 8);

async function eventsIn(folder: string): Promise<ReadEvent[][]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.')).sort();
  return Promise.all(names.map((name) => readEvents(join(folder, name))));
}
const scalarsOf = (events: readonly ReadEvent[], tag: string) =>
  events.flatMap(({ step, values }) =>
    values.flatMap((each) => (each.tag === tag && each.value !== undefined ? [[step, each.value]] : [])),
  );
const single = (value: number) => Math.fround(value);

test('a run: its losses, its validation, its settings and its pictures', async () => {
  const out = join(root, 'run');
  await train({ ...settings, recipe: 'classic', epochs: 2 }, { out, log: ['tensorboard'] });
  const [events] = await eventsIn(join(out, 'tensorboard'));
  expect(events[0]).toMatchObject({ version: 'brain.Event:2' });
  expect(events[1]).toMatchObject({ starts: true, step: 1 });
  const metrics = await readMetrics(out);
  expect(scalarsOf(events, 'train/loss')).toEqual(
    metrics.steps.map(({ step, train_loss }) => [step, single(train_loss)]),
  );
  expect(scalarsOf(events, 'val/dice').map(([, value]) => value)).toEqual(
    metrics.epochs.map(({ val_dice }) => single(val_dice)),
  );
  const all = events.flatMap(({ values }) => values);
  const [begin, end] = ['session_start_info', 'session_end_info'].map(
    (name) => all.find(({ tag }) => tag === `_hparams_/${name}`)!.hparams!,
  );
  const names = (fieldsOf(bytesIn(begin, 3)!).get(1) as Uint8Array[]).map((entry) =>
    Buffer.from(bytesIn(fieldsOf(entry), 1)!).toString(),
  );
  expect(names).toEqual(expect.arrayContaining(['lr', 'batch', 'loss', 'seed']));
  // Success.
  expect(fieldsOf(bytesIn(end, 4)!).get(1)).toEqual([1]);
  const pictures = all.filter(({ image }) => image);
  expect(pictures.length).toBeGreaterThan(0);
  for (const { image } of pictures) {
    expect(Buffer.from(image!.png.subarray(1, 4)).toString()).toBe('PNG');
    expect(image).toMatchObject({ width: expect.any(Number), height: expect.any(Number) });
  }
});

test('a run that was stopped writes another file, which says from where on the first one does not count', async () => {
  const out = join(root, 'stopped');
  const stop = new AbortController();
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type === 'step') stop.abort();
  };
  const options = { ...settings, pretext: 'identity', epochs: 3 } as const;
  await pretrain(options, { out, log: ['tensorboard'], signal: stop.signal, onEvent, pictures: false });
  await pretrain(options, { out, log: ['tensorboard'], resume: true, pictures: false });
  const files = await eventsIn(join(out, 'tensorboard'));
  expect(files).toHaveLength(2);
  const [first, second] = files.sort(([, a], [, b]) => a.step - b.step);
  expect(first[1]).toMatchObject({ starts: true, step: 1 });
  expect(second[1]).toMatchObject({ starts: true, step: 2 });
  const steps = files.flatMap((events) => scalarsOf(events, 'train/loss').map(([step]) => step));
  expect(steps).toEqual((await readMetrics(out)).steps.map(({ step }) => step));
});

test('a study has a folder for each run; overwriting removes them', async () => {
  const out = join(root, 'study');
  const options = { ...settings, arms: 'scratch,identity', seeds: 1, pretrainEpochs: 1, audits: 0, jobs: 1 };
  await study(options, { out, log: ['tensorboard'], pictures: false });
  for (const run of ['scratch/seed-0/train', 'identity/seed-0/pretrain', 'identity/seed-0/train']) {
    const [events] = await eventsIn(join(out, 'tensorboard', run));
    expect(scalarsOf(events, 'train/loss').length).toBeGreaterThan(0);
  }
  await study(options, { out, overwrite: true, pictures: false });
  expect(await readdir(out)).not.toContain('tensorboard');
});
