import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { type ReadSample, readSample } from '../../src/data/loading/read.node.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { oddSize } from '../support/odd-pictures.ts';
import { writeOddities } from '../support/oddities.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const oddities = await writeOddities(root);
const { samples } = await readDataFolder(root);

test('every file that may be an image is a sample, no other', () => {
  expect(samples.map(({ stem }) => stem)).toEqual(oddities.map(({ stem }) => stem).sort());
});

/** A sample with its mask as the only one of its set, or what is wrong with that. */
async function readAlone(stem: string): Promise<ReadSample | readonly UserError[]> {
  const sample = samples.find((each) => each.stem === stem)!;
  const folder = { root, samples: [sample], lists: {}, warnings: [] };
  try {
    const found = await labellingOfFolder(folder, { multilabel: false });
    return await readSample(sample, {
      size: oddSize,
      reading: {},
      labelling: found?.labelling ?? ONE_OBJECT,
    });
  } catch (error) {
    if (error instanceof UserError) return [error];
    throw error;
  }
}

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
  const read = await readAlone(stem);
  if (!('pixels' in read)) throw read[0];
  const { image, mask } = read.pixels;
  expect(middles.map((middle) => mask![middle])).toEqual(object);
  for (const [quarter, colour] of (shows ?? []).entries()) {
    for (const [channel, expected] of colour.entries()) {
      const value = image[3 * middles[quarter] + channel];
      expect(Math.abs(value - expected), `quarter ${quarter}, channel ${channel}`).toBeLessThan(
        tolerance + 0.01,
      );
    }
  }
});

test.each(unusable)('$stem is named', async ({ stem, problem }) => {
  const problems = await readAlone(stem);
  if ('pixels' in problems) throw new Error(`${stem} could be used`);
  expect(problems).toHaveLength(1);
  expect(problems[0].message).toMatch(problem!);
  const { image, mask } = samples.find((each) => each.stem === stem)!;
  const file = problems[0].complaint.what.replace(/^masks? (of )?/, '');
  expect([image, mask, root]).toContain(file);
});
