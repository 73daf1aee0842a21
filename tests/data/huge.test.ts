import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImage, decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { orient } from '../../src/data/decode/orient.ts';
import { openRows } from '../../src/data/decode/region.node.ts';
import { type Image, resizeBilinear } from '../../src/data/decode/resize.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { largestDifference } from '../support/shared.ts';
import { writeSparseTiff } from '../support/sparse-tiff.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const random = new RandomStream('huge');

/** More than 2^25 pixels, so that they are read in stripes. */
const huge = { width: 7000, height: 4800 };
const size = { height: 48, width: 64 };
const coarse = sharp(
  Uint8Array.from({ length: 70 * 48 }, () => random.integer(256)),
  { raw: { width: 70, height: 48, channels: 1 } },
);

/** Stored on its side. */
const path = join(root, 'huge.png');
const { data } = await coarse
  .resize({ ...huge, kernel: 'linear' })
  .toColourspace('b-w')
  .raw()
  .toBuffer({ resolveWithObject: true });
await sharp(data, { raw: { ...huge, channels: 1 } })
  .toColourspace('b-w')
  .withMetadata({ orientation: 6 })
  .png({ compressionLevel: 1 })
  .toFile(path);
const upright = orient({ ...huge, channels: 1, data }, 6);

describe('a huge picture is read in stripes', () => {
  test('as a mask, and is the same', async () => {
    const { width, height, data } = (await readMask({ image: path, mask: path }, ONE_OBJECT)).at();
    expect({ width, height }).toEqual({ width: 4800, height: 7000 });
    expect(
      Buffer.compare(
        data,
        upright.data.map((value) => (value > 127 ? 1 : 0)),
      ),
    ).toBe(0);
  });

  test('as an image at another size, and is the same but for the order of roundings', async () => {
    const { image, native } = await decodeImageTo(path, size);
    expect(native).toEqual({ height: 7000, width: 4800 });
    // The passes of the filter change places on its side.
    const expected = resizeBilinear(upright, size).data;
    expect(largestDifference(greyOf(image), expected)).toBeLessThanOrEqual(1);
  });
});

function greyOf({ data }: Image): number[] {
  return [...data].filter((_, i) => i % 3 === 0);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is turned as sharp turns it', async (orientation) => {
  const [width, height] = [5, 3];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i);
  const path = join(root, `turned-${orientation}.png`);
  const raw = sharp(data, { raw: { width, height, channels: 3 } });
  await raw.withMetadata({ orientation }).png().toFile(path);
  expect(orient({ width, height, channels: 3, data }, orientation)).toEqual(await decodeImage(path));
});

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('a large TIFF is read by its rows', () => {
  test('of more than 2 GiB and more pixels than are read at once, of which little is read to open it', async () => {
    const path = join(root, 'large.tif');
    const wide = { width: 33000, height: 33000 };
    await writeSparseTiff(path, { ...wide, channels: 3, bits: 8, rows: { 0: Uint8Array.of(9, 8, 7) } });
    const rows = await openRows(path);
    expect(rows.size).toEqual({ height: 33000, width: 33000 });
    for await (const { data } of rows.stripes()) {
      expect([...data.subarray(0, 6)]).toEqual([9, 8, 7, 0, 0, 0]);
      break;
    }
    expect(await refusal(decodeImageTo(path, size))).toMatch(
      /large\.tif: got 33000x33000 pixels, expected at most 1073741824 pixels/,
    );
  });

  const shape = { width: 6000, height: 5700 };

  test('floats by one rule, also where the lighter ones come last', async () => {
    const path = join(root, 'floats.tif');
    await writeSparseTiff(path, {
      ...{ ...shape, channels: 1, bits: 32 },
      rows: { 0: floats(0.9), 5699: floats(200) },
    });
    for (const reading of [{}, { channels: [1] }]) {
      for await (const { data } of (await openRows(path, reading)).stripes()) {
        expect(data[0]).toBe(1);
        break;
      }
    }
  });

  test('grey and alpha, as where it is smaller', async () => {
    const path = join(root, 'alpha.tif');
    await writeSparseTiff(path, { ...shape, channels: 2, bits: 8, rows: { 0: Uint8Array.of(77, 3) } });
    for await (const { data } of (await openRows(path)).stripes()) {
      expect([...data.subarray(0, 4)]).toEqual([77, 77, 77, 0]);
      break;
    }
  });
});
