import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trainInRounds } from '../../src/runs/self-training.node.ts';
import { resolveTrain } from '../support/classic.ts';
import { writeDataset, writeEncoder } from '../support/dataset.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);

test('pseudo-masks of classes that overlap are those of each class, and are learned from', async () => {
  const stems = await writeDataset(at('data'), { count: 12, masks: 8 });
  // Their masks become those of a class; a second one has as many.
  await rename(at('data', 'masks'), at('polyp'));
  await mkdir(at('data', 'masks'));
  await rename(at('polyp'), at('data', 'masks', 'polyp'));
  await writeDataset(at('other'), { count: 8, seed: 1 });
  await rename(at('other', 'masks'), at('data', 'masks', 'tool'));
  const encoder = await writeEncoder(at('encoder.safetensors'));
  const { recipe } = resolveTrain({ data: at('data'), encoder }, 1);
  const warnings: string[] = [];
  await trainInRounds(
    {
      ...{ recipe, data: at('data'), encoder, batch: 2, steps: 2, threads: 1, ...tinyNetwork },
      ...{ multilabel: true, pseudoRounds: 1 },
    },
    { out: at('run'), ...listening({ warning: (text) => warnings.push(text) }) },
  );
  const round = at('run', 'rounds', '0', 'pseudo');
  const { masks } = JSON.parse(await readFile(join(round, 'index.json'), 'utf8'));
  const [first] = masks;
  expect(first).toEqual({
    stem: stems[8],
    files: { polyp: `polyp/${stems[8]}.png`, tool: `tool/${stems[8]}.png` },
  });
  for (const { files } of masks)
    for (const file of Object.values<string>(files)) expect(existsSync(join(round, file)), file).toBe(true);
  // Before, they were sought beside these folders, and left out.
  expect(warnings.join()).not.toContain('cannot be used');
  const { pseudo } = JSON.parse(await readFile(at('run', 'splits.json'), 'utf8'));
  expect(pseudo.map(({ stem }: { stem: string }) => stem)).toEqual(stems.slice(8));
});
