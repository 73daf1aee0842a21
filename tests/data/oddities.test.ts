import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { Loader } from '../../src/data/loading/loader.node.ts';
import { oddSize } from '../support/odd-pictures.ts';
import { writeOddities } from '../support/oddities.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const oddities = await writeOddities(root);
const { samples } = await readDataFolder(root);

test('every file that may be an image is a sample, no other', () => {
  expect(samples.map(({ stem }) => stem)).toEqual(oddities.map(({ stem }) => stem).sort());
});

const loader = await Loader.open({ samples, size: oddSize, masks: true, workers: 2, memoryBytes: 2 ** 20 });
afterAll(() => loader.close());
const indexOf = new Map(samples.map(({ stem }, index) => [stem, index]));
const { width, height } = oddSize;
/** The middle of each quarter. */
const middles = [1, 3].flatMap((y) => [1, 3].map((x) => (height / 4) * y * width + (width / 4) * x));

const usable = oddities.filter(({ problem }) => problem === undefined);
const unusable = oddities.filter(({ problem }) => problem !== undefined);

test.skipIf(process.getuid?.() === 0)('a file without the right to read it is named', async () => {
  const path = join(root, 'images', 'plain.jpg');
  await chmod(path, 0);
  await expect(decodeImage(path)).rejects.toThrow(`${path}: got a file that you have no right to read`);
  await chmod(path, 0o600);
});

test.each(usable)('$stem is usable', async ({ stem, shows, tolerance = 12, object = [1, 0, 0, 0] }) => {
  const index = indexOf.get(stem)!;
  const problems = loader.unusable.find(({ sample }) => sample.stem === stem)?.problems;
  expect(problems?.map(({ message }) => message)).toBeUndefined();
  const { input, mask } = await loader.batch({ indices: [index], seed: 0, epoch: 0 });
  expect(middles.map((middle) => mask![middle])).toEqual(object);
  for (const [quarter, colour] of (shows ?? []).entries()) {
    for (const [channel, expected] of colour.entries()) {
      const value = (input[channel * width * height + middles[quarter]] + 1) * 127.5;
      expect(Math.abs(value - expected), `quarter ${quarter}, channel ${channel}`).toBeLessThan(
        tolerance + 0.01,
      );
    }
  }
});

test.each(unusable)('$stem is named', ({ stem, problem }) => {
  const { sample, problems } = loader.unusable.find(({ sample }) => sample.stem === stem)!;
  expect(problems).toHaveLength(1);
  expect(problems[0].message).toMatch(problem!);
  const file = problems[0].message.replace(/^mask /, '').replace(/: got .*/s, '');
  expect([sample.image, sample.mask]).toContain(file);
});
