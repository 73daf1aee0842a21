import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeEncoder, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);

test('a test image that is too large to be scored is named before the training, and left out', async () => {
  const data = at('data');
  const stems = await writeDataset(data, { count: 4, sizes: [[40, 40]] });
  // 64 probabilities a pixel: 2^21 pixels can be scored.
  await writeFile(
    join(data, 'classes.txt'),
    Array.from({ length: 64 }, (_, i) => (i ? `c${i}` : 'background')).join('\n'),
  );
  for (const stem of stems)
    await writePicture(join(data, 'masks', `${stem}.png`), 40, 40, new Uint8Array(1600).fill(1, 0, 400));
  const [width, height] = [1449, 1448];
  await writePicture(join(data, 'images', 'slide.png'), width, height, new Uint8Array(width * height));
  await writePicture(join(data, 'masks', 'slide.png'), width, height, new Uint8Array(width * height).fill(1));
  await writeList(data, 'train.txt', stems.slice(0, 3));
  await writeList(data, 'test.txt', [stems[3], 'slide']);

  const encoder = await writeEncoder(at('encoder.safetensors'));
  const settings = { data, encoder, crop: true, batch: 2, threads: 1, workers: 1, ...tinyNetwork };
  const told: string[] = [];
  const { test: tested } = await runTraining(
    { ...settings, steps: 1, validation: false },
    { out: at('run'), ...listening({ warning: (text) => told.push(text) }) },
  );
  expect(tested!.images).toBe(1);
  expect(told.join('\n')).toMatch(
    /left out:\n.*slide\.png: got 1449x1448 pixels with scores.*at most 2097152/,
  );

  told.length = 0;
  const { scores } = await evaluate({ run: at('run') }, listening({ warning: (text) => told.push(text) }));
  expect(scores.map(({ stem }) => stem)).toEqual([stems[3]]);
  const own = (await evaluate({ run: at('run'), data, split: 'test' })).scores;
  expect(own).toHaveLength(1);
  expect(told.join('\n')).not.toContain('predict');
  await writeList(data, 'test.txt', ['slide']);
  expect(await refusal(evaluate({ run: at('run'), data, split: 'test' }))).toContain(
    'no test image that can',
  );
});
