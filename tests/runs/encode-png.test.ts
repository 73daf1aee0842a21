import { expect, test } from 'vitest';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { encodePng } from '../../src/runs/encode-png.node.ts';

const size = { width: 3, height: 2 };
const read = async (png: Uint8Array) => readRawMask(Buffer.from(png), 'mask.png');

test('a picture of classes is read again as their numbers, with their colours', async () => {
  const data = Uint8Array.of(0, 2, 5, 5, 2, 0);
  const palette = ['#000000', '#000000', '#e69f00', '#000000', '#000000', '#56b4e9'];
  const mask = await read(await encodePng({ data, channels: 1, palette }, size));
  expect(mask).toMatchObject({ ...size, kind: 'index', data });
  expect([2, 5].map((place) => mask.palette![place])).toEqual(['#e69f00', '#56b4e9']);
});

test('numbers of 16 bits, and white on black, are read again as they were', async () => {
  const wide = await read(
    await encodePng({ data: Uint16Array.of(0, 300, 0, 0, 65535, 0), channels: 1 }, size),
  );
  expect([wide.kind, ...wide.data]).toEqual(['wide', 0, 300, 0, 0, 65535, 0]);
  const grey = await read(await encodePng({ data: Uint8Array.of(0, 255, 0, 0, 255, 0), channels: 1 }, size));
  expect([grey.kind, ...grey.data]).toEqual(['grey', 0, 255, 0, 0, 255, 0]);
});
