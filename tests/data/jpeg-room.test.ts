import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeImageBytes, decodeThumbnail } from '../../src/data/decode/decode.node.ts';
import { pathOfPage } from '../../src/data/decode/page.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** A JPEG that says that each side has so many pixels. */
function saying(jpeg: Buffer, side: number): Buffer {
  const bytes = Buffer.from(jpeg);
  let at = 2;
  while (![0xc0, 0xc2].includes(bytes[at + 1])) at += 2 + bytes.readUInt16BE(at + 2);
  bytes.writeUInt16BE(side, at + 5);
  bytes.writeUInt16BE(side, at + 7);
  return bytes;
}

describe.each([
  false,
  true,
])('a JPEG that says it has more pixels than room, progressive: %s', (progressive) => {
  const made = sharp({ create: { width: 96, height: 80, channels: 3, background: '#369' } })
    .jpeg({ progressive })
    .toBuffer();

  test('is damaged, and that is told soon', async () => {
    const bytes = saying(await made, 25_000);
    const path = join(root, 'big.jpg');
    await writeFile(path, bytes);
    for (const read of [
      () => decodeImage(path),
      () => decodeImage(pathOfPage(path, 1)),
      () => decodeThumbnail(bytes, path, { height: 8, width: 8 }),
      () => readRawMask(bytes, path),
    ])
      expect(await refusal(read)).toContain(
        `cut or damaged (cut: 25000x25000 pixels in ${bytes.length} bytes)`,
      );
  });
});

test.each([
  { mozjpeg: true },
  { progressive: true },
  { optimiseCoding: true, quality: 1 },
])('one of a single colour is none of those: %o', async (options) => {
  const picture = sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#777' } });
  const bytes = await picture.toColourspace('b-w').jpeg(options).toBuffer();
  expect(await decodeImageBytes(bytes, 'grey')).toMatchObject({ width: 3000, height: 3000 });
});

describe.each([false, true])('a JPEG whose data end before its pixels do, progressive: %s', (progressive) => {
  const noise = Buffer.from(Uint8Array.from({ length: 96 * 80 * 3 }, (_, i) => (i * i * 7) % 251));
  const made = sharp(noise, { raw: { width: 96, height: 80, channels: 3 } })
    .jpeg({ progressive })
    .toBuffer();

  test.each([104, 200, 2000])('is damaged, at %s pixels a side', async (side) => {
    const bytes = saying(await made, side);
    for (const read of [
      () => decodeImageBytes(bytes, 'short.jpg'),
      () => decodeThumbnail(bytes, 'short.jpg', { height: 8, width: 8 }),
      () => readRawMask(bytes, 'short.jpg'),
    ])
      expect(await refusal(read)).toContain('cut or damaged (cut: its data end before its pixels do)');
  });

  test('is none where only stray bytes lie in it: it is read as it is without them', async () => {
    const bytes = await made;
    // Behind the first segment.
    const at = 4 + bytes.readUInt16BE(4);
    const stray = Buffer.concat([bytes.subarray(0, at), Buffer.from([1, 2, 3, 4]), bytes.subarray(at)]);
    await expect(sharp(stray, { failOn: 'warning' }).toBuffer()).rejects.toThrow('extraneous bytes');
    expect(await decodeImageBytes(stray, 'stray.jpg')).toEqual(await decodeImageBytes(bytes, 'sound.jpg'));
  });
});
