import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { writeNumbers } from '../../src/annotations/png.ts';
import { evaluate, train } from '../../src/index.ts';
import type { LookView, Numbers } from '../../src/serve/look-api.ts';
import { writeDataset, writeEncoder, writePicture } from '../support/dataset.ts';
import { decodeMask } from '../support/masks.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';
import { headers, neverTrains, serving } from './support.ts';

const root = await temporaryFolder();
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const COUNT = 8;

type Write = (
  data: string,
  stem: string,
  mask: { readonly width: number; readonly height: number; readonly data: Uint8Array },
) => Promise<void>;

/** The left of each ellipse is one class and the right another; in the middle some pixels are unknown, or of both. */
const KINDS: Readonly<
  Record<
    string,
    { readonly reading: { readonly multilabel?: boolean }; readonly files: string[]; write: Write }
  >
> = {
  'numbers of classes, some unknown': {
    reading: {},
    files: [''],
    write: async (data, stem, { width, height, data: inside }) => {
      await writeFile(
        join(data, 'classes.yaml'),
        'classes: {0: background, 3: left, 7: right}\nignore: 255\n',
      );
      const numbers = inside.map((value, i) => {
        const x = i % width;
        if (value === 0) return 0;
        return Math.abs(x - width / 2) < 2 ? 255 : x < width / 2 ? 3 : 7;
      });
      await writeFile(join(data, 'masks', `${stem}.png`), writeNumbers({ width, height, data: numbers }));
    },
  },
  'classes that overlap': {
    reading: { multilabel: true },
    files: ['left/', 'right/'],
    write: async (data, stem, { width, height, data: inside }) => {
      for (const [k, name] of ['left', 'right'].entries()) {
        await mkdir(join(data, 'masks', name), { recursive: true });
        const plane = inside.map((value, i) => {
          const x = i % width;
          return value > 0 && (k === 0 ? x < width / 2 + 3 : x > width / 2 - 3) ? 255 : 0;
        });
        await writePicture(join(data, 'masks', name, `${stem}.png`), width, height, plane);
      }
    },
  },
};

describe.each(Object.entries(KINDS))('%s', (name, { reading, write, files }) => {
  test('scores are those of evaluate, class by class; masks without truth are taken away as they lie in such a folder', async () => {
    const scratch = join(root, name.replaceAll(/\W+/g, '-'));
    const data = join(scratch, 'data');
    const stems = await writeDataset(data, { count: COUNT });
    for (const stem of stems) {
      const path = join(data, 'masks', `${stem}.png`);
      const mask = await decodeMask(path);
      await rm(path);
      if (stem !== stems[COUNT - 1]) await write(data, stem, mask);
    }
    const run = join(scratch, 'runs', 'one');
    await train(
      {
        ...{ recipe: 'classic', data, encoder, ...reading, batch: 2, steps: 30, lr: 0.03, normMomentum: 0.5 },
        ...{ ...tinyNetwork, threads: 1, workers: 1 },
      },
      { out: run, pictures: false },
    );
    const { app, networks } = await serving(data, scratch, neverTrains, reading);
    const ask = (path: string) => app.request(path, { headers: headers() });
    const result = await evaluate({ run, split: 'all' });
    if (result.kind !== 'segmentation') throw new Error(result.kind);
    for (const { stem, native, classes } of result.scores) {
      const numbers = (await (await ask(`/api/look/numbers?name=one&stem=${stem}`)).json()) as Numbers;
      expect(numbers.dice).toBe(native.dice);
      const each = ['left', 'right'].flatMap((of, k) =>
        classes!.each[k] ? [{ name: of, dice: classes!.each[k].dice }] : [],
      );
      expect(numbers.classes).toEqual(each);
    }
    // As the records have them, too.
    const fresh = await serving(data, scratch, neverTrains, reading);
    const { images } = (await (
      await fresh.app.request('/api/look/images?name=one', { headers: headers() })
    ).json()) as LookView;
    const tested = images.filter(({ numbers }) => numbers);
    expect(tested.map(({ use }) => use)).toEqual(tested.map(() => 'test'));
    expect(tested.length).toBeGreaterThan(0);
    for (const { stem, numbers } of tested) {
      const native = result.scores.find((each) => each.stem === stem)!.classes!.each;
      for (const { name: of, dice } of numbers!.classes!)
        expect(dice).toBeCloseTo(native[of === 'left' ? 0 : 1].dice!, 5);
    }
    const zip = unzipSync(new Uint8Array(await (await ask('/look/predictions.zip?name=one')).arrayBuffer()));
    expect(Object.keys(zip)).toEqual(files.map((folder) => `${folder}${stems[COUNT - 1]}.png`));
    await Promise.all([networks.close(), fresh.networks.close()]);
  }, 120_000);
});

test.each([
  ['a network of pieces', { crop: true, cropScale: 0.8 }],
  ['images with a border', { fit: 'pad' as const }],
])('%s: scores are those of evaluate', async (name, how) => {
  const scratch = join(root, name.replaceAll(/\W+/g, '-'));
  const data = join(scratch, 'data');
  await writeDataset(data, { count: COUNT, sizes: [[90, 70]] });
  const run = join(scratch, 'runs', 'one');
  await train(
    {
      ...{ recipe: 'classic', data, encoder, ...how, batch: 2, steps: 10, lr: 0.03, normMomentum: 0.5 },
      ...{ ...tinyNetwork, threads: 1, workers: 1 },
    },
    { out: run, pictures: false },
  );
  const { app, networks } = await serving(data, scratch);
  const result = await evaluate({ run, split: 'all' });
  if (result.kind !== 'segmentation') throw new Error(result.kind);
  for (const { stem, native } of result.scores) {
    const answer = await app.request(`/api/look/numbers?name=one&stem=${stem}`, { headers: headers() });
    expect(((await answer.json()) as Numbers).dice).toBe(native.dice);
  }
  await networks.close();
});
