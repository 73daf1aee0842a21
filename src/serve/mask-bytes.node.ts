import { extname } from 'node:path';
import sharp from 'sharp';
import type { Box } from '../annotations/annotated-set.ts';
import { rgbOf } from '../annotations/png.ts';
import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { nearestPixels } from '../data/decode/resize.ts';
import { coverageOf, labelsOf } from '../data/masks/label-map.ts';
import { type Labelling, type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import { hexOf, ignoredValue, isIgnored, type RawMask } from '../data/masks/raw-mask.ts';
import { readRawMask } from '../data/masks/read-raw-mask.node.ts';
import type { OutputPicture } from '../objectives/objective.ts';
import { encodePng } from '../runs/encode-png.node.ts';
import { numberAdded } from './object-numbers.ts';

/** How files of an ending are made of a picture. */
const ENCODERS: Readonly<Record<string, (picture: OutputPicture, size: Size) => Promise<Uint8Array>>> = {
  '.png': (picture, size) => encodePng(picture, size),
  '.jpg': (picture, size) => raw(picture, size).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  '.jpeg': (picture, size) =>
    raw(picture, size).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  '.tif': (picture, size) => raw(picture, size).tiff({ compression: 'lzw' }).toBuffer(),
  '.tiff': (picture, size) => raw(picture, size).tiff({ compression: 'lzw' }).toBuffer(),
};

/** What a mask file is made of, beside the labels. */
export interface MaskRule {
  readonly labelling: Labelling;
  /** Whether values above 0 are numbers of objects. */
  readonly objectNumbers: boolean;
  /** What the file holds until now. */
  readonly before?: RawMask;
}

/**
 * A mask file of the kind that a set has: it is read again, and says the same labels, and of objects the same numbers.
 *
 * @param map one plane
 * @param path of the file, whose ending says the kind
 * @throws UserError where such a file cannot hold the labels
 */
export async function maskBytes(map: LabelMap, rule: MaskRule, path: string): Promise<Uint8Array> {
  const { labelling } = rule;
  const ending = extname(path).toLowerCase();
  const objects = labelling.maskValues === 'nonzero' ? valuesOfObjects(map, rule) : undefined;
  const picture = objects ? pictureOfValues(objects.values, rule.before) : pictureOf(map, labelling);
  const bytes = picture && (await ENCODERS[ending]?.(picture, map));
  if (bytes) {
    const again = await readRawMask(Buffer.from(bytes), path);
    const labels = labelsOf(coverageOf(again, labelling, path));
    const numbered = !objects?.numbered || areEqual(again.data, objects.values);
    if (numbered && Buffer.compare(labels, map.data) === 0) return bytes;
  }
  throw new UserError({
    what: path,
    got: `${objects?.numbered ? 'numbers of objects' : 'labels'} that a file with the ending ${ending} cannot hold`,
    expected: objects?.numbered ? 'PNG masks of up to 65535 objects' : 'PNG masks',
    fix: 'convert the data folder first: npx fewmask data convert DATA NEW --to folder',
  });
}

/** The values of a mask, by the rule of its set. */
function pictureOf({ data }: LabelMap, { maskValues, classes, ignore }: Labelling): OutputPicture {
  if (maskValues === 'colours') {
    const table = new Uint8Array(3 * 256);
    for (const [label, { colour }] of classes.entries()) table.set(rgbOf(colour), 3 * label);
    const unknown = ignoredValue({ kind: 'colour' }, ignore);
    if (unknown !== undefined) table.set(rgbOf(hexOf(unknown)), 3 * UNKNOWN);
    const painted = new Uint8Array(3 * data.length);
    for (let i = 0; i < data.length; i++)
      for (let c = 0; c < 3; c++) painted[3 * i + c] = table[3 * data[i] + c];
    return { data: painted, channels: 3 };
  }
  const numbers = classes.map(({ number }) => number);
  const wide = Math.max(...numbers) > 255;
  const palette = maskValues === 'classes' && !wide ? paletteOf(classes) : undefined;
  const kind = palette ? 'index' : wide ? 'wide' : 'grey';
  const white = maskValues === 'light' && !isIgnored({ kind }, 255, ignore, false);
  const values = new Uint16Array(256);
  for (const [label, number] of numbers.entries()) values[label] = white && label === 1 ? 255 : number;
  values[UNKNOWN] = ignoredValue({ kind, palette }, ignore) ?? 0;
  const painted = wide ? new Uint16Array(data.length) : new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) painted[i] = values[data[i]];
  return { data: painted, channels: 1, ...(palette && { palette }) };
}

function paletteOf(classes: Labelling['classes']): readonly string[] {
  const palette = Array.from({ length: 256 }, () => '#000000');
  for (const { number, colour } of classes) palette[number] = colour;
  return palette;
}

/**
 * The values of a mask whose objects are all above 0: pixels whose label is what it was keep theirs. Objects that are new get a number of
 * their own, or, where values are no numbers of objects, the one value that there is.
 */
function valuesOfObjects(
  map: LabelMap,
  { labelling, objectNumbers, before = emptyMask(map) }: MaskRule,
): { readonly values: Uint32Array; readonly numbered: boolean } {
  const { classes, ignore } = labelling;
  const values = valuesAt(before, map);
  const labels = labelsOf(coverageOf({ ...before, ...sizeOf(map), data: values }, labelling, ''));
  const held = valuesIn(values);
  const objects = [...held].filter((value) => value > 0 && !isIgnored(before, value, ignore, false));
  const numbered = objectNumbers || objects.length > 1;
  const only = objects.length > 0 ? Math.min(...objects) : classes[1].number;
  const given = [0, numbered ? 0 : only];
  given[UNKNOWN] = ignoredValue(before, ignore) ?? 0;
  const changed = changedBox(labels, map);
  for (let i = 0; i < values.length; i++) if (map.data[i] !== labels[i]) values[i] = given[map.data[i]];
  if (!numbered || !changed) return { values, numbered };
  let place = 0;
  const next = () => {
    let value: number;
    do value = before.kind === 'colour' ? (++place * SPREAD) & 0xffffff : ++place;
    while (held.has(value) || isIgnored(before, value, ignore, false) || value === 0);
    return value;
  };
  numberAdded(values, { labels: map.data, size: map, box: changed }, next);
  return { values, numbered };
}

/** Odd, so that its multiples are all colours, and neighbours are far apart. */
const SPREAD = 0x9e3779;

/** Neighbours mostly have one value. */
function valuesIn(data: Uint32Array): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < data.length; i++) if (i === 0 || data[i] !== data[i - 1]) found.add(data[i]);
  return found;
}

function areEqual(some: ArrayLike<number>, others: ArrayLike<number>): boolean {
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return some.length === others.length;
}

const emptyMask = ({ height, width }: Size): RawMask => ({
  ...{ height, width, kind: 'grey', lossy: false },
  data: new Uint8Array(height * width),
});

/** The smallest box of a map that holds all pixels whose labels are others; undefined if there are none. */
function changedBox(labels: Uint8Array, { data, width, height }: LabelMap): Box | undefined {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (labels[i] === data[i]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return right > 0 ? { left, top, width: right - left, height: bottom - top } : undefined;
}

const sizeOf = ({ height, width }: Size): Size => ({ height, width });

/** The values of a mask at another size: those of the nearest pixels. */
function valuesAt({ data, ...from }: RawMask, { height, width }: Size): Uint32Array {
  if (from.height === height && from.width === width) return new Uint32Array(data);
  return nearestPixels(from, { height, width }).map((place) => data[place]);
}

/** Values as they were stored, of 16 bits where they need them. Undefined where they need more. */
function pictureOfValues(values: Uint32Array, before: RawMask | undefined): OutputPicture | undefined {
  if (before?.kind === 'colour') {
    const data = new Uint8Array(3 * values.length);
    for (let i = 0; i < data.length; i++) data[i] = values[Math.trunc(i / 3)] >> (16 - 8 * (i % 3));
    return { data, channels: 3 };
  }
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  if (most > 65535 || (before?.palette && most > 255)) return undefined;
  if (most > 255) return { data: new Uint16Array(values), channels: 1 };
  const palette = before?.palette && { palette: before.palette };
  return { data: new Uint8Array(values), channels: 1, ...palette };
}

const raw = ({ data, channels }: OutputPicture, { width, height }: Size) =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(
    channels === 3 ? 'srgb' : data instanceof Uint16Array ? 'grey16' : 'b-w',
  );
