import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeImageBytes } from '../../src/data/decode/decode.node.ts';
import { formatOf, otherFormat } from '../../src/data/decode/format.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
const box = (major: string, ...compatible: string[]) =>
  Buffer.from(`\0\0\0\x20ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');

describe.each<[string, string, Buffer]>([
  ['an SVG drawing', 'drawing.png', Buffer.from(svg)],
  [
    'an SVG drawing',
    'prologue.jpg',
    Buffer.from(`\ufeff<?xml version="1.0"?>\n<!-- ${'x'.repeat(300)} -->${svg}`),
  ],
  ['a file compressed by gzip', 'packed.png', gzipSync(svg)],
  ['XML or HTML', 'error-page.jpg', Buffer.from('\n<!DOCTYPE html><title>404</title>')],
  ['a PDF document', 'paper.tif', Buffer.from('%PDF-1.7\n')],
  ['an HEIC image or a video', 'phone.jpg', box('heic', 'mif1', 'heic')],
  ['a JPEG 2000 image', 'scan.png', Buffer.from('\0\0\0\x0cjP  \r\n\x87\n', 'latin1')],
  ['a file that cannot be read (of no known format)', 'rows.png', Buffer.from('P6 1 1 255 abc')],
])('%s called %s is refused by what it is', (what, name, content) => {
  test.each<[string, (path: string) => unknown]>([
    ['as an image', decodeImage],
    ['in memory', (path) => decodeImageBytes(content, path)],
    ['as a mask', (path) => readRawMask(content, path)],
    ['for its size', imageSize],
  ])('%s', async (_, read) => {
    const path = join(root, name);
    await writeFile(path, content);
    expect(await refusal(read(path) as Promise<unknown>)).toContain(`${path}: got ${what}, expected`);
  });
});

test('an AVIF image may call itself one of a wider kind', async () => {
  expect(formatOf(box('mif1', 'miaf', 'avif'))).toBe('avif');
  expect(otherFormat(box('mif1', 'miaf', 'avif'))).toBeUndefined();
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } });
  const bytes = await picture.avif().toBuffer();
  bytes.write('mif1', 8, 'latin1');
  expect(await decodeImageBytes(bytes, 'picture')).toMatchObject({ width: 8, height: 8 });
});
