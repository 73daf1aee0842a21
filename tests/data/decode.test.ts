import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import {
  decodeImage,
  decodeImageBytes,
  decodeImageBytesTo,
  decodeThumbnail,
} from '../../src/data/decode/decode.node.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { decodeMask } from '../support/masks.ts';
import { largestDifference } from '../support/shared.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewmask-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

const greys = Uint8Array.of(0, 40, 80, 120, 160, 200, 240, 255);
const colours = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
const threefold = (values: Uint8Array) => [...values].flatMap((value) => [value, value, value]);

/** A picture of 4x2 pixels. */
const grey = (values: Uint8Array | Uint16Array = greys) =>
  sharp(values, { raw: { width: 4, height: 2, channels: 1 } });
const rgb = () => sharp(colours, { raw: { width: 4, height: 2, channels: 3 } });

async function file(name: string, picture: Sharp): Promise<string> {
  const path = join(folder, name);
  await picture.toFile(path);
  return path;
}

describe('decodeImage', () => {
  test.each([
    ['rgb.png', () => rgb().png()],
    ['alpha.png', () => rgb().ensureAlpha(0.3).png()],
    ['deep.png', () => rgb().toColourspace('rgb16').png()],
    ['palette.png', () => rgb().png({ palette: true, dither: 0 })],
    ['lzw.tif', () => rgb().tiff({ compression: 'lzw' })],
    ['lossless.webp', () => rgb().webp({ lossless: true })],
    ['alpha.webp', () => rgb().ensureAlpha(0.3).webp({ lossless: true, exact: true })],
    ['plain.gif', () => rgb().gif()],
  ])('%s', async (name, picture) => {
    const image = await decodeImage(await file(name, picture()));
    expect({ ...image, data: [...image.data] }).toEqual({
      width: 4,
      height: 2,
      channels: 3,
      data: [...colours],
    });
  });

  test.each([
    ['grey.png', () => grey().toColourspace('b-w').png()],
    ['grey.jpg', () => grey().toColourspace('b-w').jpeg({ quality: 100 })],
    ['grey16.png', () => grey().toColourspace('grey16').png()],
    ['greyalpha.png', () => grey().toColourspace('b-w').ensureAlpha(0.5).png()],
  ])('%s as RGB', async (name, picture) => {
    expect([...(await decodeImage(await file(name, picture()))).data]).toEqual(threefold(greys));
  });

  test('CMYK comes out as RGB, about right', async () => {
    const image = await decodeImage(
      await file('cmyk.jpg', rgb().toColourspace('cmyk').jpeg({ quality: 100 })),
    );
    expect(image.channels).toBe(3);
    for (const [i, value] of image.data.entries()) expect(Math.abs(value - colours[i])).toBeLessThan(40);
  });

  test('turned upright by its EXIF orientation', async () => {
    const image = await decodeImage(await file('exif.png', rgb().withMetadata({ orientation: 6 }).png()));
    expect(image).toMatchObject({ width: 2, height: 4 });
    expect([...image.data.slice(0, 6)]).toEqual([...colours.slice(12, 15), ...colours.slice(0, 3)]);
  });

  test('the first page of an animation', async () => {
    const pages = sharp(colours, { raw: { width: 4, height: 2, channels: 3, pageHeight: 1 } });
    const image = await decodeImage(await file('animated.gif', pages.gif()));
    expect(image).toMatchObject({ width: 4, height: 1 });
    expect([...image.data]).toEqual([...colours.slice(0, 12)]);
  });

  test('names a file that cannot be read', async () => {
    const text = join(folder, 'text.png');
    await writeFile(text, 'not an image');
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251);
    const picture = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const half = [join(folder, 'half.jpg'), join(folder, 'half.png')];
    for (const path of half) {
      const whole = await (path.endsWith('jpg') ? picture.jpeg() : picture.png()).toBuffer();
      await writeFile(path, whole.subarray(0, whole.length / 2));
    }
    for (const path of [text, ...half, join(folder, 'none.png')]) {
      await expect(decodeImage(path)).rejects.toThrow(UserError);
      await expect(decodeImage(path)).rejects.toThrow(path);
    }
  });
});

describe('decodeMask', () => {
  const half = Uint8Array.of(0, 1, 1, 0, 0, 0, 1, 1);

  test.each([
    ['mask.png', () => grey().toColourspace('b-w').png()],
    ['mask.rgb.png', () => grey().toColourspace('srgb').png()],
    ['mask.jpg', () => grey().toColourspace('srgb').jpeg({ quality: 100 })],
    ['mask.alpha.png', () => grey().toColourspace('srgb').ensureAlpha(0.5).png()],
  ])('%s: one channel of grey', async (name, picture) => {
    const path = await file(name, picture());
    const { width, height, kind, data } = await readRawMask(await readFile(path), path);
    expect({ width, height, kind, data: [...data] }).toEqual({
      width: 4,
      height: 2,
      kind: 'grey',
      data: [...greys],
    });
  });

  test.each([
    ['01.png', () => grey(half).toColourspace('b-w').png()],
    ['01.gif', () => grey(half.map((v) => v * 255)).gif()],
    [
      'bits.png',
      () =>
        grey(half.map((v) => v * 255))
          .toColourspace('b-w')
          .png({ palette: true, colours: 2 }),
    ],
    [
      'bits.tif',
      () =>
        grey(half.map((v) => v * 255))
          .toColourspace('b-w')
          .tiff({ bitdepth: 1 }),
    ],
    ['01.deep.png', () => grey(Uint16Array.from(half)).toColourspace('grey16').png()],
    [
      '255.deep.png',
      () =>
        grey(Uint16Array.from(half, (v) => v * 255))
          .toColourspace('grey16')
          .png(),
    ],
    [
      '65535.deep.png',
      () =>
        grey(Uint16Array.from(half, (v) => v * 65535))
          .toColourspace('grey16')
          .png(),
    ],
  ])('%s: 0 and 255', async (name, picture) => {
    const mask = await decodeMask(await file(name, picture()));
    expect([...mask.data]).toEqual([...half].map((value) => value * 255));
  });

  test('a colour profile leaves the labels alone', async () => {
    const labels = grey(half).toColourspace('srgb').withIccProfile('p3').png();
    const { data } = await decodeMask(await file('profile.png', labels));
    expect([...data]).toEqual([...half].map((value) => value * 255));
  });

  test('an empty mask is empty', async () => {
    const mask = await decodeMask(
      await file('empty.png', grey(new Uint8Array(8)).toColourspace('b-w').png()),
    );
    expect([...mask.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('a coloured mask is refused: its luma would depend on the colour chosen', async () => {
    const path = await file(
      'red.png',
      sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).png(),
    );
    await expect(decodeMask(path)).rejects.toThrow(UserError);
    await expect(decodeMask(path)).rejects.toThrow('got 1 colours: #ff0000');
  });
});

describe('a thumbnail', () => {
  const [width, height] = [300, 200];
  const size = { height: 25, width: 20 };
  const waves = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return 128 + 60 * Math.sin(x / 20 + c) + 60 * Math.cos(y / 15);
  });
  const picture = () => sharp(waves, { raw: { width, height, channels: 3 } });
  const both = async (bytes: Buffer) =>
    Promise.all([decodeThumbnail, decodeImageBytesTo].map((decode) => decode(bytes, 'file', size)));

  test.each([
    1, 3, 6, 8,
  ])('of a JPEG file turned as by orientation %i is what it would be', async (orientation) => {
    const bytes = await picture().withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const [thumbnail, whole] = await both(bytes);
    expect(thumbnail.native).toEqual(whole.native);
    const differences = thumbnail.image.data.map((value, i) => Math.abs(value - whole.image.data[i]));
    expect(Math.max(...differences)).toBeLessThan(6);
    // It was decoded at another size: bit-equality would mean that it was not.
    expect(Math.max(...differences)).toBeGreaterThan(0);
  });

  test('of a grey JPEG file has three equal channels', async () => {
    const bytes = await picture().toColourspace('b-w').jpeg().toBuffer();
    const { image } = await decodeThumbnail(bytes, 'file', size);
    expect(image.data).toHaveLength(3 * size.height * size.width);
    expect(image.data.every((value, i) => value === image.data[i - (i % 3)])).toBe(true);
  });

  test('of any other file, or of one that is hardly larger, is the image at that size', async () => {
    const small = picture().resize(40, 30).jpeg();
    for (const bytes of [await picture().png().toBuffer(), await small.toBuffer()]) {
      const [thumbnail, whole] = await both(bytes);
      expect(thumbnail).toEqual(whole);
    }
  });
});

/** A PNG with a colour profile, whose values are not changed for it. */
function withProfile(png: Buffer, profile: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('iCCPx\0\0'), deflateSync(profile)]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length - 4);
  sum.writeUInt32BE(crc32(content));
  // Behind the header.
  return Buffer.concat([png.subarray(0, 33), length, content, sum, png.subarray(33)]);
}

test('a colour profile makes the same of 16 bits as of 8', async () => {
  const values = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 100, 50, 9, 9, 9, 0, 250, 250);
  const raw = { width: 6, height: 1, channels: 3 } as const;
  const eight = sharp(values, { raw });
  const deep = Uint16Array.from(values, (value) => value * 257);
  const profiled = await eight.clone().withIccProfile('srgb').png().toBuffer();
  const { icc } = await sharp(profiled).metadata();
  const read = async (picture: Sharp) => [
    ...(await decodeImageBytes(withProfile(await picture.png().toBuffer(), icc!), 'x.png')).data,
  ];
  const sixteen = await read(sharp(deep, { raw }).toColourspace('rgb16'));
  expect(largestDifference(sixteen, await read(eight))).toBeLessThanOrEqual(1);
  expect(largestDifference(sixteen, values)).toBeLessThanOrEqual(1);
});
