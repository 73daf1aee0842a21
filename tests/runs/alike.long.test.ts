import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coverageOf, labelsOf } from '../../src/data/masks/label-map.ts';
import type { Labelling } from '../../src/data/masks/labelling.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { maskPicture } from '../../src/objectives/pictures.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { trainInRounds } from '../../src/runs/self-training.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeEncoder, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const encoder = await writeEncoder(at('encoder.safetensors'));
const shared = { encoder, batch: 2, steps: 1, threads: 1, ...tinyNetwork };

/** A set whose masks are numbers of classes. @param names a line each */
async function classes(name: string, names: string): Promise<string> {
  const stems = await writeDataset(at(name), { count: 4, sizes: [[64, 64]] });
  for (const stem of stems) {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i < 1500 ? 1 : i < 2200 ? 2 : 0));
    await writePicture(at(name, 'masks', `${stem}.png`), 64, 64, data);
  }
  await writeFile(at(name, 'classes.txt'), names);
  return at(name);
}

test('runs of other classes, or of images that come otherwise into their size, are no ensemble', async () => {
  const data = await classes('several', 'background\npolyp\ntool\n');
  const swapped = await classes('swapped', 'background\ntool\npolyp\n');
  await runTraining({ ...shared, data }, { out: at('run') });
  await runTraining({ ...shared, data: swapped }, { out: at('other') });
  await runTraining({ ...shared, data, fit: 'pad' }, { out: at('padded') });
  const together = (other: string) => evaluate({ run: at('run'), with: [at(other)], threads: 1 });
  expect(await refusal(together('other'))).toMatch(/classes tool, polyp.*expected .*classes polyp, tool/);
  expect(await refusal(together('padded'))).toMatch(/images that are padded.*expected .*stretched/);

  // Of another folder the names count, not the numbers.
  const scores = async (folder: string) =>
    (await evaluate({ run: at('run'), data: folder, split: 'all', threads: 1 })).rows;
  await mkdir(at('renumbered'));
  for (const part of ['images', 'masks']) await rename(join(swapped, part), at('renumbered', part));
  const numbers =
    '- { number: 0, name: background }\n- { number: 2, name: tool }\n- { number: 1, name: polyp }\n';
  await writeFile(at('renumbered', 'classes.yaml'), numbers);
  expect(await scores(at('renumbered'))).toEqual(await scores(data));
  await writeFile(at('renumbered', 'classes.yaml'), numbers.replace('tool', 'instrument'));
  expect(await refusal(scores(at('renumbered')))).toMatch(
    /got the classes background, polyp, instrument, expected those of the run: background, polyp, tool/,
  );
});

test('rounds go on with what was given in another spelling', async () => {
  const stems = await writeDataset(at('rounds'), { count: 8, masks: 5, sizes: [[64, 64]] });
  for (const stem of stems.slice(0, 5)) {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i < 1500 ? 1 : i < 1600 ? 255 : 0));
    await writePicture(at('rounds', 'masks', `${stem}.png`), 64, 64, data);
  }
  const given = { ...shared, recipe: 'classic' as const, data: at('rounds'), pseudoRounds: 1 };
  const { steps } = await trainInRounds(
    { ...given, maskValues: 'nonzero', ignore: '255' },
    { out: at('last') },
  );
  expect(steps).toBe(1);
});

test.each<Partial<Labelling>>([
  { multilabel: true, maskValues: 'nonzero', ignore: [255] },
  { multilabel: true, ignore: [255, 254] },
  { ignore: [255] },
  {},
])('a predicted mask is read as it was meant: %j', (given) => {
  const labelling = { ...ONE_OBJECT, ...given };
  const { data } = maskPicture(labelling)(Uint8Array.of(0, 1, 1, 0));
  const mask = { width: 4, height: 1, kind: 'grey', lossy: false, data: Uint8Array.from(data) } as const;
  expect([...labelsOf(coverageOf(mask, labelling, 'm'))]).toEqual([0, 1, 1, 0]);
});
