import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeEncoder } from '../support/dataset.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff } from '../support/tiff.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);

/** Grey pages of coarse noise with a bright square that moves, or the squares alone. */
const stack = (name: string, masks: boolean) =>
  encodeTiff(
    ...Array.from({ length: 3 }, (_, page) => {
      const stream = new RandomStream('pages', name, page);
      const cells = Array.from({ length: 80 }, () => stream.integer(120));
      const data = Uint8Array.from({ length: 40 * 32 }, (_, i) => {
        const [x, y] = [i % 40, Math.floor(i / 40)];
        const inside = Math.abs(x - 10 - 6 * page) < 6 && Math.abs(y - 16) < 6;
        if (masks) return inside ? 255 : 0;
        return (inside ? 130 : 0) + cells[Math.floor(x / 4) + 10 * Math.floor(y / 4)];
      });
      return { width: 40, height: 32, channels: 1, format: 1 as const, data };
    }),
  );

for (const folder of ['images', 'masks']) {
  await mkdir(at('data', folder), { recursive: true });
  for (const name of ['a', 'b', 'c', 'd'])
    await writeFile(at('data', folder, `${name}.tif`), stack(name, folder === 'masks'));
}
const encoder = await writeEncoder(at('encoder.safetensors'));
const settings = { data: at('data'), encoder, batch: 2, epochs: 1, threads: 1, ...tinyNetwork };

test('every page of a stack trains, validates or tests, as an image of its own', async () => {
  const run = at('run');
  await runTraining({ ...settings, pages: 'all', labels: 9 }, { out: run });
  const { train, validation, test: tested } = await readSplits(run);
  const fileOf = (stem: string) => stem.replace(/_p\d$/, '');
  const files = [train, validation, tested].map((part) => new Set(part.map(fileOf)));
  expect(new Set([...train, ...validation, ...tested]).size).toBe(12);
  // A file is in one part.
  expect(files.reduce((sum, { size }) => sum + size, 0)).toBe(4);
  const scores = await evaluate({ run, threads: 1 });
  expect(scores.scores.map(({ stem }) => stem)).toEqual(tested);
});
