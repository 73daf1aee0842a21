import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImageBytesTo } from '../../src/data/decode/decode.node.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { encodeRgbBmp } from '../support/bmp.ts';
import { colours, inColour, inGrey, oddSize, pixels } from '../support/odd-pictures.ts';
import { describeWithShared, shared } from '../support/shared.ts';

/** Ways in which files are damaged; the first argument is not changed. */
const damages: Readonly<Record<string, (bytes: Buffer, random: RandomStream, other: Buffer) => Buffer>> = {
  cut: (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  flipped: (bytes, random) => {
    const result = Buffer.from(bytes);
    for (let n = 1 + random.integer(50); n > 0; n--) {
      result[random.integer(result.length)] = random.integer(256);
    }
    return result;
  },
  headless: (bytes, random) =>
    Buffer.from(bytes).fill(0, 0, Math.min(bytes.length, 12 + random.integer(200))),
  overwritten: (bytes, random) => {
    const start = random.integer(bytes.length);
    const block = Uint8Array.from({ length: 1 + random.integer(512) }, () => random.integer(256));
    const result = Buffer.from(bytes);
    result.set(block.subarray(0, result.length - start), start);
    return result;
  },
  concatenated: (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random.integer(bytes.length)), other]),
};

const size = { height: 16, width: 16 };

/**
 * Decodes a damaged file as image and as mask: a picture, or a UserError that names the file.
 * @returns how many of the two were pictures
 */
async function decodeDamaged(bytes: Buffer): Promise<number> {
  const path = 'damaged file';
  const attempts = await Promise.allSettled([
    decodeImageBytesTo(bytes, path, size),
    readRawMask(bytes, path),
  ]);
  const [image, mask] = attempts;
  if (image.status === 'fulfilled') {
    expect(image.value.image).toMatchObject({ ...size, channels: 3 });
    expect(image.value.image.data).toHaveLength(16 * 16 * 3);
    expect(image.value.native.height * image.value.native.width).toBeGreaterThan(0);
  }
  if (mask.status === 'fulfilled') {
    expect(mask.value.data).toHaveLength(mask.value.height * mask.value.width);
  }
  for (const attempt of attempts) {
    if (attempt.status === 'fulfilled') continue;
    expect(attempt.reason).toBeInstanceOf(UserError);
    expect(attempt.reason.message).toMatch(/^(mask )?damaged file: got .+, expected .+/);
  }
  return attempts.filter(({ status }) => status === 'fulfilled').length;
}

/** Damages files in turn, `count` times each way; tells how many pictures came out of each. */
async function damageAll(files: readonly Buffer[], count: number): Promise<Record<string, number>> {
  const decoded: Record<string, number> = {};
  for (const [name, damage] of Object.entries(damages)) {
    decoded[name] = 0;
    for (let n = 0; n < count; n++) {
      const [bytes, other] = [files[n % files.length], files[(n + 1) % files.length]];
      decoded[name] += await decodeDamaged(damage(bytes, new RandomStream('damage', name, n), other));
    }
  }
  return decoded;
}

describe('made-up files, damaged', () => {
  const colourful = {
    jpeg: () => inColour().jpeg(),
    progressive: () => inColour().jpeg({ progressive: true }),
    png: () => inColour().png(),
    grey: () => inGrey().png(),
    webp: () => inColour().webp(),
    lossless: () => inColour().webp({ lossless: true }),
    tiff: () => inColour().tiff({ compression: 'lzw' }),
    gif: () => inColour().gif(),
    avif: () => inColour().avif(),
  };
  test.each(Object.entries(colourful))('%s', async (_, picture) => {
    const file = await picture().toBuffer();
    const decoded = await damageAll([file], 20);
    expect(decoded.headless).toBe(0);
  });

  test('bmp', async () => {
    const file = encodeRgbBmp(oddSize.width, oddSize.height, pixels(colours, 3));
    const decoded = await damageAll([file], 20);
    expect(decoded.headless + decoded.cut).toBe(0);
  });
});

describeWithShared('real files, damaged', () => {
  test('images', async () => {
    const folder = `${shared.kvasir}/images`;
    const files = readdirSync(folder)
      .sort()
      .slice(0, 40)
      .map((name) => readFileSync(`${folder}/${name}`));
    const decoded = await damageAll(files, 40);
    expect(decoded).toMatchObject({ cut: 0, headless: 0 });
  });
});
