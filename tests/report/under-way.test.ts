import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { train } from '../../src/index.ts';
import { RUN_PATHS } from '../../src/records/entries.ts';
import { picturesUnderWay } from '../../src/report/run/under-way.node.ts';
import { openRun, openUnderWay } from '../../src/runs/open-run.node.ts';
import { Dataset } from '../../src/serve/dataset.node.ts';
import { writeDataset, writeEncoder } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
await writeDataset(data, { count: 12 });
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const settings = {
  ...tinyNetwork,
  recipe: 'classic',
  data,
  encoder,
  batch: 2,
  steps: 6,
  threads: 1,
} as const;

/** A run that was stopped after its third step. */
async function stopped(name: string, average: number): Promise<string> {
  const out = join(root, name);
  const controller = new AbortController();
  const onEvent = (event: { readonly type: string; readonly step?: number }) => {
    if (event.type === 'step' && event.step === 3) controller.abort();
  };
  await train({ ...settings, average, validation: false }, { out, signal: controller.signal, onEvent });
  return out;
}

test.each([
  ['as they are', 0],
  ['averaged', 0.5],
])('a training that goes on is looked at by its saved weights, %s: those that it would leave behind', async (name, average) => {
  const run = await stopped(name, average);
  const [underWay, left] = [await openUnderWay(run), await openRun(run)];
  expect(underWay!.step).toBe(3);
  expect([...underWay!.network.weights.keys()].sort()).toEqual([...left.network.weights.keys()].sort());
  for (const [tensor, { data: values }] of left.network.weights)
    expect(underWay!.network.weights.get(tensor)!.data).toEqual(values);
  const { samples } = await Dataset.open(data);
  const found = await picturesUnderWay(run, samples);
  expect(found).toMatchObject({ step: 3, part: 'train' });
  expect(found!.pictures).toHaveLength(4);
  for (const { picture } of found!.pictures) expect(picture.uri).toMatch(/^data:image\/png;base64,/);
  // Nothing of it depends on the checkpoint.
  const copy = join(root, `${name}-copy`);
  await cp(run, copy, { recursive: true });
  await rm(join(copy, RUN_PATHS.last));
  expect(await picturesUnderWay(copy, samples)).toEqual(found);
  await rm(join(copy, RUN_PATHS.state));
  expect(await picturesUnderWay(copy, samples)).toBeUndefined();
});
