import { extname } from 'node:path';
import sharp from 'sharp';
import { rgbOf } from '../annotations/png.ts';
import { UserError } from '../core/errors.ts';
import { coverageOf, labelsOf } from '../data/masks/label-map.ts';
import { type Labelling, type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import { readRawMask } from '../data/masks/read-raw-mask.node.ts';
import type { OutputPicture } from '../objectives/objective.ts';
import { encodePng } from '../runs/encode-png.node.ts';

/** How files of an ending are made of a picture. */
const ENCODERS: Readonly<Record<string, (picture: OutputPicture, map: LabelMap) => Promise<Uint8Array>>> = {
  '.png': (picture, map) => encodePng(picture, map),
  '.jpg': (picture, map) => raw(picture, map).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  '.jpeg': (picture, map) => raw(picture, map).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  '.tif': (picture, map) => raw(picture, map).tiff({ compression: 'lzw' }).toBuffer(),
  '.tiff': (picture, map) => raw(picture, map).tiff({ compression: 'lzw' }).toBuffer(),
};

/**
 * A mask file of the kind that a set has: it is read again, and says the same labels.
 *
 * @param map one plane
 * @param path of the file, whose ending says the kind
 * @throws UserError where such a file cannot hold the labels
 */
export async function maskBytes(map: LabelMap, labelling: Labelling, path: string): Promise<Uint8Array> {
  const ending = extname(path).toLowerCase();
  const bytes = await ENCODERS[ending]?.(pictureOf(map, labelling), map);
  if (bytes) {
    const again = labelsOf(coverageOf(await readRawMask(Buffer.from(bytes), path), labelling, path));
    if (Buffer.compare(again, map.data) === 0) return bytes;
  }
  throw new UserError({
    what: path,
    got: `labels that a file with the ending ${ending} cannot hold`,
    expected: 'PNG masks',
    fix: 'convert the data folder first: npx fewmask data convert DATA NEW --to folder',
  });
}

/** The values of a mask, by the rule of its set. */
function pictureOf({ data }: LabelMap, { maskValues, classes, ignore }: Labelling): OutputPicture {
  const [unknown = 0] = ignore;
  if (maskValues === 'colours') {
    const colours = new Map(classes.map(({ colour }, label) => [label, rgbOf(colour)]));
    colours.set(UNKNOWN, typeof unknown === 'string' ? rgbOf(unknown) : [unknown, unknown, unknown]);
    return { data: Uint8Array.from([...data].flatMap((label) => colours.get(label)!)), channels: 3 };
  }
  const numbers = classes.map(({ number }) => number);
  const white = maskValues === 'light' && !ignore.includes(255);
  const valueFor = (label: number) =>
    label === UNKNOWN ? Number(unknown) : white && label === 1 ? 255 : numbers[label];
  const values = Array.from({ length: 256 }, (_, label) => valueFor(label) ?? 0);
  if (Math.max(...numbers) > 255)
    return { data: Uint16Array.from(data, (label) => values[label]), channels: 1 };
  const grey = { data: data.map((label) => values[label]), channels: 1 as const };
  if (maskValues !== 'classes') return grey;
  const palette = Array.from({ length: 256 }, () => '#000000');
  for (const { number, colour } of classes) palette[number] = colour;
  return { ...grey, palette };
}

const raw = ({ data, channels }: OutputPicture, { width, height }: LabelMap) =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(
    channels === 1 ? 'b-w' : 'srgb',
  );
