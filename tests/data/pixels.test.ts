import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { decodeImage, decodeImageBytes } from '../../src/data/decode/decode.node.ts';
import { Ranks } from '../../src/data/pixels/ranks.ts';
import { type GivenIntensity, settleIntensity } from '../../src/data/pixels/settle.node.ts';
import { checkData } from '../../src/library/data.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff, type Tiff } from '../support/tiff.ts';

const root = await temporaryFolder();
const [width, height] = [10, 10];

async function folder(name: string, ...pages: readonly Omit<Tiff, 'width' | 'height'>[]): Promise<string[]> {
  await mkdir(join(root, name, 'images'), { recursive: true });
  const paths = pages.map((_, i) => join(root, name, 'images', `${i}.tif`));
  for (const [i, page] of pages.entries()) await writeFile(paths[i], encodeTiff({ width, height, ...page }));
  return paths;
}

type Page = Omit<Tiff, 'width' | 'height'>;
const words = (from: number, step: number): Page => ({
  ...{ channels: 1, format: 1 },
  data: Uint16Array.from({ length: 100 }, (_, i) => from + i * step),
});
const floats = (from: number, step: number): Page => ({
  ...{ channels: 1, format: 3 },
  data: Float32Array.from({ length: 100 }, (_, i) => from + i * step),
});
const bytes: Page = { channels: 1, format: 1, data: Uint8Array.from({ length: 100 }, (_, i) => i) };

let made = 0;
const settle = async (pages: readonly Page[], given: GivenIntensity, channels?: readonly number[]) => {
  const name = `set-${made++}`;
  return settleIntensity({ name, paths: await folder(name, ...pages), channels }, given);
};

describe('what is said holds for the whole set', () => {
  const set = [words(100, 10), words(40, 30)];

  test('used: from the lowest to the highest value of all images', async () => {
    expect(await settle(set, 'used')).toEqual({
      intensity: { low: 40, high: 3010 },
      told: 'pixels: 16 bits, all of them from 40 to 3010, which become black to white',
      warnings: [],
    });
  });

  test('a percentile: without as many below and above', async () => {
    const values = set.flatMap(({ data }) => [...data]).sort((a, b) => a - b);
    const { intensity } = await settle(set, { percentile: 5 });
    expect(intensity).toEqual({ low: values[9], high: values[189] });
  });

  test('a range is taken as it is, and so is full', async () => {
    expect(await settle(set, { low: -5, high: 9 })).toEqual({
      intensity: { low: -5, high: 9 },
      warnings: [],
    });
    expect(await settle(set, 'full')).toEqual({ warnings: [] });
  });

  test('of the channels that are taken', async () => {
    const data = Uint16Array.from({ length: 500 }, (_, i) => (i % 5) * 1000 + i);
    const five: Page = { channels: 5, format: 1, data };
    expect((await settle([five], 'used', [2, 3])).intensity).toEqual({ low: 1001, high: 2497 });
  });

  test('alpha is none of them', async () => {
    const data = Uint16Array.from({ length: 200 }, (_, i) => (i % 2 ? 65535 : i));
    expect((await settle([{ channels: 2, format: 1, extra: 2, data }], 'used')).intensity).toEqual({
      low: 0,
      high: 198,
    });
  });
});

describe('where nothing is said', () => {
  test('8 bits are read as they are, without a word; so are 16 that use their range', async () => {
    expect(await settle([bytes, words(0, 600)], 'auto')).toEqual({ warnings: [] });
  });

  test('16 bits that use less than a tenth of it are told, and the flag is named', async () => {
    const { intensity, warnings } = await settle([words(0, 10), words(0, 40)], 'auto');
    expect(intensity).toBeUndefined();
    expect(warnings).toEqual([
      'images of 16 bits use the values 0 to 3960 only, of which 16 levels of grey are left in 8 bits; --intensity used takes them from black to white',
    ]);
  });

  test.each([
    [floats(0.1, 0.001), 1],
    [floats(0, 2), 255],
  ])('floats are in 0..1 or in 0..255, all of them alike', async (page, high) => {
    expect((await settle([page, page], 'auto')).intensity).toEqual({ low: 0, high });
  });

  test.each([
    floats(-1, 0.1),
    floats(0, 3),
  ])('other floats are refused, and the flag is named', async (page) => {
    expect(await refusal(settle([bytes, page], 'auto'))).toMatch(
      /1\.tif: got pixels from .*\(floats\).*--intensity used/,
    );
  });

  test('floats that go a little beyond 0..1 are in 0..1', async () => {
    const over = floats(-0.003, 0.0101);
    expect((await settle([...Array(9).fill(floats(0, 0.01)), over], 'auto')).intensity).toEqual({
      low: 0,
      high: 1,
    });
    const image = { width, height, ...over };
    const { data } = await decodeImageBytes(encodeTiff(image), 'x.tif');
    expect([data[0], data.at(-1)]).toEqual([0, 254]);
  });

  test('files that are read in no other way do not decide on the others', async () => {
    const nine = Array<Page>(9).fill(floats(0, 0.01));
    for (const odd of [floats(0, 3), floats(-1000, 0.6)]) {
      const name = `odd-${made++}`;
      const paths = await folder(name, ...nine, odd);
      const { intensity } = await settleIntensity({ name, paths }, 'auto');
      expect((await decodeImage(paths[0], { intensity })).data.at(-1)).toBe(252);
      expect(await refusal(decodeImage(paths[9], { intensity }))).toMatch(/9\.tif: got pixels from/);
    }
  });

  test('floats in 0..1 among others in 0..255 are named, or refused where they are the most', async () => {
    const [dark, light] = [floats(0, 0.01), floats(0, 2)];
    const { intensity, warnings } = await settle([light, dark, light], 'auto');
    expect(intensity).toEqual({ low: 0, high: 255 });
    expect(warnings).toEqual([expect.stringMatching(/^1 image has only values in 0\.\.1 \(.*1\.tif\)/)]);
    expect(await refusal(settle([dark, dark, light], 'auto'))).toMatch(
      /got values in 0\.\.1 \(.*0\.tif and 1 more\) and up to 198 \(.*2\.tif\).*--intensity 0:1 or 0:255/,
    );
    expect((await settle([floats(0, 0), light], 'auto')).warnings).toEqual([]);
  });

  test('floats in 0..255 are so with full, too', async () => {
    const said = { low: 0, high: 255 };
    expect((await settle([floats(0, 2), floats(0, 2)], 'full')).intensity).toEqual(said);
  });

  test('floats do not change how images of 8 or 16 bits beside them are read', async () => {
    for (const other of [bytes, words(0, 600)])
      expect((await settle([floats(0, 2), other], 'auto')).intensity).toBeUndefined();
    // Unless some of them would be read otherwise than the others.
    const { intensity, warnings } = await settle(
      [floats(0, 2), floats(0, 2), floats(0, 0.01), bytes],
      'auto',
    );
    expect(intensity).toEqual({ low: 0, high: 255 });
    expect(warnings).toEqual([expect.stringMatching(/^1 image has only values in 0\.\.1 \(.*2\.tif\)/)]);
  });

  test.each([
    ['16 bits', words(0, 600)],
    ['floats of other values', floats(-3, 1)],
  ])('beside %s no range is right for floats in 0..1 among others in 0..255: each is read by its own, and told', async (_, other) => {
    const set = [floats(0, 2), floats(0, 2), floats(0, 0.01), other];
    const { intensity, warnings } = await settle(set, 'auto');
    expect(intensity).toBeUndefined();
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^values in 0\.\.1 \(.*2\.tif\).* up to 255 \(.*0\.tif and 1 more\): each file is read/,
      ),
    );
  });

  test('a file of 16 bits that is cut counts for nothing in what is told', async () => {
    const name = `cut-${made++}`;
    const paths = await folder(name, bytes, words(0, 600));
    await writeFile(paths[1], (await readFile(paths[1])).subarray(0, 100));
    const png = join(root, `${name}.png`);
    const whole = await sharp(
      Uint16Array.from({ length: 3e4 }, (_, i) => (i * 7919) % 65536),
      {
        raw: { width: 100, height: 300, channels: 1 },
      },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
    await writeFile(png, whole.subarray(0, 500));
    expect(await settleIntensity({ name, paths: [paths[0], png] }, 'auto')).toEqual({ warnings: [] });
  });

  test('channels that nothing is said of are refused, and the flag is named', async () => {
    const five: Page = { channels: 5, format: 1, data: new Uint8Array(500) };
    expect(await refusal(settle([five, five], 'auto'))).toMatch(/got 5 channels.*--channels/);
  });
});

test('an infinite pixel takes no part in a range, and its file is named', async () => {
  const data = Float32Array.from({ length: 100 }, (_, i) => (i === 7 ? Number.POSITIVE_INFINITY : i * 10));
  const page: Page = { channels: 1, format: 3, data };
  expect((await settle([page, floats(0, 20)], 'used')).intensity).toEqual({ low: 0, high: 1980 });
  for (const reading of [{}, { intensity: { low: 0, high: 1980 } }])
    expect(
      await refusal(decodeImageBytes(encodeTiff({ width, height, ...page }), 'x.tif', reading)),
    ).toContain('x.tif: got a pixel that is infinite');
});

test('floats that are no huge image are decoded once', async () => {
  const [path] = await folder('once', floats(0, 2));
  const decoded = vi.spyOn(sharp.prototype, 'toBuffer');
  const { data } = await decodeImage(path, { channels: [1] });
  expect([data.at(-1), decoded.mock.calls.length]).toEqual([198, 1]);
  decoded.mockRestore();
});

test('one range for files of several types would be a guess; none is in a flat set', async () => {
  expect(await refusal(settle([bytes, words(0, 9)], 'used'))).toMatch(
    /got 8 bits \(.*0\.tif\) and 16 bits \(.*1\.tif\)/,
  );
  expect(await refusal(settle([words(7, 0)], 'used'))).toMatch(/hardly any is not 7.*--intensity LOW:HIGH/);
});

test('values are found at their ranks as by sorting, whatever they are', () => {
  const values = fc.array(
    fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -9, max: 9 }).map(Math.fround),
    ),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
      const ranks = new Ranks();
      ranks.add(Float32Array.from([...given, Number.NaN, Number.POSITIVE_INFINITY]));
      const search = ranks.search([share]);
      search.add(Float32Array.from(given));
      const sorted = [...given].sort((a, b) => a - b);
      const wanted = sorted[Math.max(1, Math.ceil(share * given.length)) - 1];
      // 0 and -0 are equal.
      expect(search.found()[0] === wanted).toBe(true);
      expect([ranks.count, ranks.low === sorted[0]]).toEqual([given.length, true]);
    }),
    { numRuns: 200, seed: 1 },
  );
});

describe('data check', () => {
  beforeAll(async () => {
    await folder('twelve', words(0, 10), words(0, 40));
    await folder('odd', floats(-100, 3), floats(5, 7));
  });

  test('tells what is left of a narrow range, and takes the flag', async () => {
    const problems = async (intensity?: string) =>
      (await checkData({ folder: join(root, 'twelve'), ...(intensity && { intensity }) })).problems.filter(
        ({ kind }) => kind === 'pixels',
      );
    expect((await problems())[0].message).toMatch(/16 levels of grey.*--intensity used/);
    expect(await problems('used')).toEqual([]);
  });

  test('says once what has to be said of floats, and sees the images all the same', async () => {
    const { images, problems, sizes } = await checkData({ folder: join(root, 'odd') });
    expect(problems.filter(({ kind }) => kind === 'pixels')).toHaveLength(1);
    expect(problems.filter(({ kind }) => kind === 'file')).toEqual([]);
    expect([images.total, images.grey, sizes?.different]).toEqual([2, 2, 1]);
    const said = await checkData({ folder: join(root, 'odd'), intensity: 'percentile:1' });
    expect(said.images.pixels).toMatch(/^floats, all but 1 % below and above from -97 to /);
  });
});

test('pages beyond the first are told, and what OME says of them', async () => {
  const page = { width, height, ...bytes };
  const several = join(root, 'several.tif');
  await writeFile(several, encodeTiff(page, page, page));
  const ome = join(root, 'channels.ome.tif');
  const description = '<OME><Image><Pixels SizeC="2" SizeZ="1"/></Image></OME>';
  await writeFile(ome, encodeTiff({ ...page, description }, page));
  const told = async (...paths: string[]) =>
    (await settleIntensity({ name: 'stacks', paths }, 'auto')).warnings;
  expect(await told(several)).toEqual([
    expect.stringMatching(
      /^1 image has several pages \(.*several\.tif: 3\), of which the first is read; --pages all /,
    ),
  ]);
  expect(await told(several, ome)).toEqual([
    expect.stringMatching(/^2 images have .*OME description these are channels, too/),
  ]);
});

test('a JPEG file among others is 8 bits', async () => {
  const path = join(root, 'a.jpg');
  await sharp({ create: { width, height, channels: 3, background: '#345' } })
    .jpeg()
    .toFile(path);
  expect(await settleIntensity({ name: 'one', paths: [path] }, 'auto')).toEqual({ warnings: [] });
});

test('frames beyond the first of a GIF are told', async () => {
  const frame = { width: 2, height: 2, channels: 3 } as const;
  const frames = [10, 200].map((value) =>
    sharp(new Uint8Array(12).fill(value), { raw: frame }).png().toBuffer(),
  );
  const path = join(root, 'moving.gif');
  await sharp(await Promise.all(frames), { join: { animated: true } }).toFile(path);
  expect((await settleIntensity({ name: 'gifs', paths: [path] }, 'auto')).warnings.join()).toContain(
    'moving.gif: 2), of which the first is read',
  );
});

test('floats of 16 and 64 bits are refused', async () => {
  const page = { width: 2, height: 1, channels: 1, format: 3 } as const;
  for (const data of [new Uint16Array(2), new Float64Array(2)]) {
    const bits = 8 * data.BYTES_PER_ELEMENT;
    expect(await refusal(decodeImageBytes(encodeTiff({ ...page, data }), 'x.tif'))).toContain(
      `x.tif: got floats of ${bits} bits, expected floats of 32 bits`,
    );
  }
});
