import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageCount, tiffHeaderOf } from '../../src/data/decode/content.node.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { pathOfPage } from '../../src/data/decode/page.ts';
import { openPicture } from '../../src/data/decode/picture.node.ts';
import { openRows } from '../../src/data/decode/region.node.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { readTiffHeader } from '../../src/data/decode/tiff-header.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff, type Tiff } from '../support/tiff.ts';

const root = await temporaryFolder();
const [width, height] = [7, 5];

let made = 0;
async function file(...pages: readonly Omit<Tiff, 'width' | 'height'>[]): Promise<string> {
  const path = join(root, `${made++}.tif`);
  await writeFile(path, encodeTiff(...pages.map((page) => ({ width, height, ...page }))));
  return path;
}

type Numbers = Tiff['data'];
/** Each pixel and channel has a value of its own. */
const filled = <T extends Numbers>(data: T): T => data.map((_, i) => (i * 37) % 251) as T;
const of = (channels: number) => width * height * channels;

async function bandsOf(path: string): Promise<number[]> {
  const values: number[] = [];
  for await (const part of (await openPicture(path, path, 'values')).bands()) values.push(...part.data);
  return values;
}

describe('channels in planes of their own', () => {
  const kinds = [
    ['8 bits', 1, (n: number) => new Uint8Array(n)],
    ['16 bits', 1, (n: number) => new Uint16Array(n)],
    ['16 bits with a sign', 2, (n: number) => new Int16Array(n)],
    ['floats', 3, (n: number) => new Float32Array(n)],
  ] as const;

  test.each(kinds)('of %s hold the values that were written, on each page', async (_, format, make) => {
    for (const channels of [2, 3, 4, 6]) {
      for (const photometric of channels === 3 ? [1, 2] : [1]) {
        const data = filled(make(of(channels)));
        const page = { channels, format, photometric, data, planes: true };
        const path = await file({ channels: 1, format: 1, data: new Uint8Array(of(1)) }, page, page);
        expect(await bandsOf(pathOfPage(path, 3))).toEqual([...data]);
        const alone = await file(page);
        expect(await bandsOf(alone)).toEqual([...data]);
        const { data: rgb } = await decodeImage(alone, {
          channels: [2, 1],
          intensity: { low: 0, high: 255 },
        });
        expect([...rgb.subarray(0, 6)]).toEqual([
          ...[data[1], data[0], 0],
          ...[data[channels + 1], data[channels], 0],
        ]);
      }
    }
  });

  test('grey and alpha are an image and a mask', async () => {
    const data = filled(new Uint8Array(of(2)));
    const path = await file({ channels: 2, format: 1, extra: 2, data, planes: true });
    const grey = data.filter((_, i) => i % 2 === 0);
    const { data: rgb } = await decodeImage(path);
    expect([...rgb].filter((_, i) => i % 3 === 0)).toEqual([...grey]);
    const opaque = data.map((value, i) => (i % 2 ? 255 : value > 127 ? 255 : 0));
    const mask = await file({ channels: 2, format: 1, extra: 2, data: opaque, planes: true });
    const read = (await readMask({ image: mask, mask }, ONE_OBJECT)).at();
    expect([...read.data]).toEqual([...grey].map((value) => (value > 127 ? 1 : 0)));
  });

  test('of which nothing is said need --channels', async () => {
    const path = await file({
      channels: 3,
      format: 1,
      photometric: 1,
      planes: true,
      data: new Uint8Array(of(3)),
    });
    expect(await refusal(decodeImage(path))).toMatch(/got 3 channels.*--channels/);
  });
});

test.each([6, 13])('%s channels are read, where it is said which are taken', async (channels) => {
  const data = filled(new Uint16Array(of(channels)));
  const path = await file({ channels, format: 1, data });
  const reading = { channels: [channels, 1], intensity: { low: 0, high: 255 } };
  const expected = [data[channels - 1], data[0], 0];
  expect([...(await decodeImage(path, reading)).data.subarray(0, 3)]).toEqual(expected);
  expect(await imageSize(path)).toEqual({ width, height, orientation: 1 });
  for await (const stripe of (await openRows(path, reading)).stripes())
    expect([...stripe.data.subarray(0, 3)]).toEqual(expected);
  expect(await refusal(decodeImage(path))).toMatch(new RegExp(`got ${channels} channels.*--channels`));
});

test.each<[string, Omit<Tiff, 'width' | 'height'>]>([
  ['values of 12 bits', { channels: 1, format: 1, bits: 12, data: new Uint8Array(of(1) * 2) }],
  ['values of 64 bits', { channels: 1, format: 1, bits: 64, data: new Uint8Array(of(8)) }],
  ['complex numbers', { channels: 1, format: 5, bits: 32, data: new Uint8Array(of(4)) }],
  ['colours as CIE Lab', { channels: 3, format: 1, photometric: 8, data: new Uint8Array(of(3)) }],
  ['colours as YCbCr without JPEG', { channels: 3, format: 1, photometric: 6, data: new Uint8Array(of(3)) }],
  [
    'values of 3 channels from white',
    { channels: 3, format: 1, photometric: 0, data: new Uint8Array(of(3)) },
  ],
  ['values of 32 bits from white', { channels: 1, format: 2, photometric: 0, data: new Int32Array(of(1)) }],
  [
    'channels in planes of their own',
    { channels: 2, format: 1, photometric: 3, planes: true, data: new Uint8Array(of(2)) },
  ],
])('%s: refused by that name, not as damaged', async (got, page) => {
  const path = await file(page);
  const mask = () => readMask({ image: path, mask: path }, ONE_OBJECT);
  for (const work of [() => decodeImage(path), () => openRows(path), mask]) {
    const message = await refusal(work());
    expect(message).toContain(`${path}: got ${got}`);
    expect(message).toMatch(/convert the file/);
  }
});

test('grey of 8 bits from white to black is turned round', async () => {
  const data = filled(new Uint8Array(of(1)));
  const { data: rgb } = await decodeImage(await file({ channels: 1, format: 1, photometric: 0, data }));
  expect([...rgb].filter((_, i) => i % 3 === 0)).toEqual([...data].map((value) => 255 - value));
});

describe('the pages of a long stack', () => {
  const page = (value: number) => ({
    ...{ width, height, channels: 1, format: 1 as const },
    data: new Uint8Array(of(1)).fill(value),
  });

  test('are found from those before them, and in few pieces', async () => {
    const bytes = encodeTiff(...Array.from({ length: 300 }, (_, i) => page(i % 256)));
    let reads = 0;
    const read = async (at: number, length: number) => {
      reads++;
      return bytes.subarray(at, at + length);
    };
    const known: number[] = [];
    expect((await readTiffHeader(read, 299, known))?.bits).toBe(8);
    expect(known).toHaveLength(299);
    reads = 0;
    for (const each of [300, 1, 299]) expect((await readTiffHeader(read, each, known))?.bits).toBe(8);
    expect(reads).toBeLessThan(60);
    expect(await readTiffHeader(read, 301, known)).toBeUndefined();
    expect(await readTiffHeader(read, 400, known)).toBeUndefined();
    expect(known).toEqual([...known.slice(0, 300), 0]);
  });

  test('are those of the file as it is now', async () => {
    const path = await file(page(1), page(2));
    const second = pathOfPage(path, 2);
    expect((await tiffHeaderOf(second))?.bits).toBe(8);
    expect(await pageCount(path)).toBe(2);
    const words = { channels: 1, format: 1, data: new Uint16Array(of(1)) } as const;
    await writeFile(path, encodeTiff({ ...page(0), ...words }, { ...page(0), ...words }, page(3)));
    expect((await tiffHeaderOf(second))?.bits).toBe(16);
    expect([await pageCount(path), await bandsOf(pathOfPage(path, 3))]).toEqual([
      3,
      Array.from({ length: of(1) }, () => 3),
    ]);
  });
});
