// Masks of one class, 0 or 255, from maps of numbers (classes or objects) in a folder with images/ and labels/.
//
//   npx tsx scripts/data/class-masks.ts DATA OUT [CLASS]
//
// OUT gets links to the images, masks/, and the lists that there are. Without CLASS every number above 0 is marked: a map of
// objects becomes a mask of all of them. The maps are grey PNGs of 8 or 16 bits.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';

const [data, out, wanted] = process.argv.slice(2);
if (!data || !out || (wanted !== undefined && !/^\d+$/.test(wanted))) {
  console.error(
    'class-masks: expected DATA OUT [CLASS], CLASS a number; see the head of scripts/data/class-masks.ts',
  );
  process.exit(2);
}
const isMarked =
  wanted === undefined ? (number: number) => number > 0 : (number: number) => number === Number(wanted);

mkdirSync(join(out, 'masks'), { recursive: true });
symlinkSync(resolve(data, 'images'), join(out, 'images'));
for (const list of readdirSync(data).filter((name) => name.endsWith('.txt')))
  writeFileSync(join(out, list), readFileSync(join(data, list)));

let marked = 0;
const maps = readdirSync(join(data, 'labels'));
for (const name of maps) {
  const { data: bytes, info } = await sharp(join(data, 'labels', name))
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`${name}: got ${info.channels} channels, expected one of numbers`);
  const { depth } = await sharp(join(data, 'labels', name)).metadata();
  const numbers = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  // What has 8 bits comes as 16 of them, 257 times as much.
  const scale = depth === 'uchar' ? 257 : 1;
  const mask = Uint8Array.from(numbers, (number) => (isMarked(number / scale) ? 255 : 0));
  marked += mask.some((value) => value > 0) ? 1 : 0;
  await sharp(mask, { raw: { width: info.width, height: info.height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(join(out, 'masks', name));
}
console.log(`${maps.length} masks in ${join(out, 'masks')}, ${marked} of them mark something`);
