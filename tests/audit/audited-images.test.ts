import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { auditText } from '../../src/cli/audit-text.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { writeDataset, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 4);
await writeDataset(at('other'), { count: 2, seed: 1, masks: 0 });
const images = at('other', 'images');

test('other images: damaged ones are told, a folder of nothing else is refused, and one called noise is not the set', async () => {
  const run = await untrainedRun(at('autoencoder'), 'pretrain', settings);
  await writeDataset(at('noise'), { count: 2, seed: 2, masks: 0 });
  const folder = at('noise', 'images');
  await writeFile(join(folder, 'image-00.png'), 'no image');
  const told: string[] = [];
  const listener = listening({ warning: (text) => told.push(text) });
  const options = { run, images, threads: 1 };
  const { result } = await auditRun({ ...options, outOfDomain: at('noise') }, listener);
  expect(told.join()).toMatch(/left out:\n.*noise.*image-00\.png/);
  expect(result.out_of_domain.map(({ set }) => set)).toEqual([
    ...['noise', 'shuffled', 'inverted', 'chart'],
    at('noise'),
  ]);
  await writeFile(join(folder, 'image-01.png'), 'no image');
  expect(await refusal(auditRun({ ...options, outOfDomain: at('noise') }))).toMatch(
    /got no other image that can be used, of 2/,
  );
});

test('images of their own need no data of the run: what these are for is told and left out', async () => {
  const run = await untrainedRun(at('trained'), 'train', { ...settings, crop: true });
  await writeDataset(at('masked'), { count: 2, seed: 3 });
  await writeList(settings.data, 'test.txt', ['image-00', 'stray']);
  const told: string[] = [];
  const { result } = await auditRun(
    { run, images: at('masked'), threads: 1 },
    listening({ warning: (text) => told.push(text) }),
  );
  expect(told.join()).toMatch(/^what levels know of objects is not measured, .*test\.txt/);
  expect(result).toMatchObject({ levels: [], piece: '32x32' });
  expect(auditText(result, 'audit.html')).toContain('Dice on a piece of 32x32 pixels of each of 2 images: ');
  expect(await refusal(auditRun({ run, threads: 1 }))).toMatch(/test\.txt/);
});

test('images of whose piece nothing is known are told and left out', async () => {
  const { maskValues, classes } = ONE_OBJECT;
  const meaning = { maskValues, classes: [...classes], ignore: [128] };
  const run = await untrainedRun(at('scribbled'), 'train', { ...settings, ...meaning, crop: true });
  const masks = at('scribbles', 'masks');
  const [width, height] = [256, 256];
  const stems = await writeDataset(at('scribbles'), { count: 3, seed: 4, sizes: [[width, height]] });
  // Of one corner it is known that it is background, which no piece is drawn around.
  const scribble = new Uint8Array(width * height).fill(128).fill(0, 0, 2);
  await writePicture(join(masks, `${stems[1]}.png`), width, height, scribble);
  const told: string[] = [];
  const audited = () =>
    auditRun({ run, images: at('scribbles'), threads: 1 }, listening({ warning: (text) => told.push(text) }));
  const { result } = await audited();
  expect(told.join()).toMatch(/1 image is left out \(.*image-01\.png\): .* nothing is known/);
  expect([result.images, result.reference.mse > 0]).toEqual([2, true]);
  for (const stem of stems) await writePicture(join(masks, `${stem}.png`), width, height, scribble);
  expect(await refusal(audited())).toMatch(/got no audited image that can be used, of 3/);
});
