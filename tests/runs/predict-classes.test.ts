import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { predict } from '../../src/runs/predict.node.ts';
import { predictionPlaces } from '../../src/runs/prediction-places.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeEncoder, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);

test('masks of classes that overlap are in the way where they are written, and are not replaced', async () => {
  const [stem] = await writeDataset(at('data'), { count: 4 });
  await rename(at('data', 'masks'), at('polyp'));
  await mkdir(at('data', 'masks'));
  await rename(at('polyp'), at('data', 'masks', 'polyp'));
  await writeDataset(at('other'), { count: 4, seed: 1 });
  await rename(at('other', 'masks'), at('data', 'masks', 'tool'));
  const encoder = await writeEncoder(at('encoder.safetensors'));
  const settings = { data: at('data'), encoder, batch: 2, steps: 1, threads: 1, multilabel: true };
  await runTraining({ ...settings, ...tinyNetwork }, { out: at('run') });

  const options = { run: at('run'), images: [at('data', 'images')], threads: 1 };
  const hash = async () =>
    createHash('sha256')
      .update(await readFile(at('data', 'masks', 'polyp', `${stem}.png`)))
      .digest('hex');
  const before = await hash();
  for (const tile of [undefined, 32])
    expect(await refusal(predict({ ...options, tile }, { out: at('data', 'masks') }))).toMatch(
      /masks\/polyp\/.*: got a file in the way.*--overwrite/,
    );
  expect(await hash()).toBe(before);
  for (const [out, tile] of [
    ['whole', undefined],
    ['tiles', 32],
  ] as const) {
    const { predictions } = await predict({ ...options, tile }, { out: at(out) });
    const files = { polyp: at(out, 'polyp', `${stem}.png`), tool: at(out, 'tool', `${stem}.png`) };
    expect(predictions[0]).toMatchObject({ files });
    expect(predictions[0]).not.toHaveProperty('file');
    expect(existsSync(files.polyp) && existsSync(files.tool)).toBe(true);
    expect((await readdir(at(out))).sort()).toEqual(['polyp', 'tool']);
  }
});

test('no name of a class leads out of the folder', () => {
  const names = ['..', '../up', 'lesion/benign', '/etc', 'c:\\x', '.'];
  const config = {
    ...{ kind: 'train', multilabel: true, maskValues: 'classes', ignore: [] },
    classes: names.map((name, number) => ({ number, name, colour: '#ffffff' })),
  } as unknown as Parameters<typeof predictionPlaces>[0];
  expect(predictionPlaces(config, 'png').map((place) => place('a'))).toEqual([
    '_/a.png',
    '.._up/a.png',
    'lesion_benign/a.png',
    '_etc/a.png',
    'c__x/a.png',
    '_/a.png',
  ]);
});

test('of classes that exclude each other small parts go, and a threshold is refused', async () => {
  const stems = await writeDataset(at('exclusive'), { count: 4, sizes: [[40, 32]] });
  for (const stem of stems) {
    const labels = Uint8Array.from({ length: 40 * 32 }, (_, i) => Math.floor((i % 40) / 14));
    await writePicture(at('exclusive', 'masks', `${stem}.png`), 40, 32, labels);
  }
  const encoder = await writeEncoder(at('encoder-of-exclusive.safetensors'));
  const settings = {
    data: at('exclusive'),
    encoder,
    maskValues: 'classes',
    batch: 2,
    steps: 1,
    threads: 1,
  } as const;
  await runTraining({ ...settings, ...tinyNetwork }, { out: at('exclusive-run') });

  const options = {
    run: at('exclusive-run'),
    images: [at('exclusive', 'images')],
    threads: 1,
    objects: true,
  };
  for (const tile of [undefined, 32]) {
    const { predictions } = await predict({ ...options, tile, minArea: 0.9 });
    for (const { objects } of predictions)
      for (const { area } of objects!) expect(area).toBeGreaterThanOrEqual(0.9 * 40 * 32);
  }
  for (const maskThreshold of [0.3, 'auto'] as const)
    expect(await refusal(predict({ ...options, maskThreshold }))).toMatch(
      /^--mask-threshold (0\.3|auto): got .*that with the largest probability, expected .*; leave it out/,
    );
});
