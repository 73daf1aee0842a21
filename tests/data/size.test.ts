import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { encodeBmp } from '../support/bmp.ts';
import { encodeDicom } from '../support/dicom.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const black = { create: { width: 8, height: 6, channels: 3 as const, background: 'black' } };
const written = async (name: string, content: Buffer) => {
  await writeFile(join(root, name), content);
  return join(root, name);
};

test('is that of the upright image', async () => {
  const turned = await sharp(black).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  expect(await imageSize(await written('turned.jpg', turned))).toEqual({
    ...{ width: 6, height: 8, orientation: 6 },
  });
});

test('of bitmaps and DICOM files is read from their beginning: pixels may be missing', async () => {
  const bitmap = encodeBmp({ width: 8, height: -6, bits: 24, pixels: [] });
  expect(await imageSize(await written('cut.bmp', bitmap))).toEqual({ width: 8, height: 6, orientation: 1 });
  const file = encodeDicom(
    [
      ['00280010', 'US', 6],
      ['00280011', 'US', 8],
    ],
    new Uint8Array(0),
  );
  expect(await imageSize(await written('cut.dcm', file))).toEqual({ width: 8, height: 6, orientation: 1 });
});

test('what is no image is refused with its name', async () => {
  expect(await refusal(imageSize(await written('text.png', Buffer.from('no image'))))).toContain(
    'text.png: got',
  );
  expect(await refusal(imageSize(await written('empty.png', Buffer.alloc(0))))).toContain('an empty file');
});
