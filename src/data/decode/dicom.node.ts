import { createRequire } from 'node:module';
import type { DataSet, ParseDicomOptions } from 'dicom-parser';
import sharp from 'sharp';
import type { Size } from '../../core/size.ts';
import { asRgb } from './jpeg-colours.ts';
import { expectRoom, unlessShort } from './jpeg-room.ts';
import { decodeLosslessJpeg } from './lossless-jpeg.ts';
import { PixelsRefused } from './numbers.ts';
import type { Intensity, Values } from './reading.ts';
import { decodeRle } from './rle.ts';

// Its names are no exports of a module.
const { parseDicom, readEncapsulatedPixelDataFromFragments } = createRequire(import.meta.url)(
  'dicom-parser',
) as typeof import('dicom-parser');

/** A frame, with the range that its maker proposes to look at. */
export interface DicomFrame extends Values {
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly window?: Intensity;
  /** Values that stand where there is no picture. */
  readonly padding?: Intensity;
}

/** Whether a file begins as DICOM files do (PS3.10): 128 bytes of anything, then four letters. */
export function isDicom(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/** Attributes by their tags (PS3.6). */
const TAGS = {
  syntax: 'x00020010',
  samples: 'x00280002',
  photometric: 'x00280004',
  planar: 'x00280006',
  frames: 'x00280008',
  rows: 'x00280010',
  columns: 'x00280011',
  allocated: 'x00280100',
  stored: 'x00280101',
  high: 'x00280102',
  signed: 'x00280103',
  padding: 'x00280120',
  paddingEnd: 'x00280121',
  centre: 'x00281050',
  width: 'x00281051',
  intercept: 'x00281052',
  slope: 'x00281053',
  table: 'x00283000',
  windows: 'x00289132',
  transformations: 'x00289145',
  sharedGroups: 'x52009229',
  frameGroups: 'x52009230',
  pixels: 'x7fe00010',
} as const;

const [IMPLICIT, EXPLICIT, JPEG] = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.4.50'];
const RLE = '1.2.840.10008.1.2.5';
/** Of any predictor, and of the first, which is the usual one. */
const LOSSLESS = ['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.4.70'];

/**
 * Reads the one frame of a DICOM file, little-endian without compression, as run lengths, baseline or lossless JPEG: grey (`MONOCHROME1`, of which the lowest
 * value is white, turned round within its bits) or RGB. Grey values are rescaled as the file says (PS3.3, C.11.1; of an enhanced
 * file its functional groups, C.7.6.16), such as to Hounsfield units: they are floats then, or where they have a sign.
 *
 * @throws PixelsRefused for what is not read
 * @throws Error for a file that is cut
 */
export async function decodeDicom(bytes: Uint8Array): Promise<DicomFrame> {
  const set = parsed(bytes);
  const syntax = set.string(TAGS.syntax) ?? IMPLICIT;
  const [samples = 1, photometric = ''] = [set.uint16(TAGS.samples), set.string(TAGS.photometric)];
  const frames = set.intString(TAGS.frames) ?? 1;
  const grey = samples === 1 && photometric.startsWith('MONOCHROME');
  const colour =
    samples === 3 && (photometric === 'RGB' || (syntax === JPEG && photometric.startsWith('YBR')));
  if (frames > 1) throw refused(`${frames} frames`, 'one frame');
  if (![IMPLICIT, EXPLICIT, JPEG, RLE, ...LOSSLESS].includes(syntax)) {
    throw refused(
      `transfer syntax ${syntax}`,
      'one without compression (little-endian), run lengths, baseline or lossless JPEG',
    );
  }
  if (!grey && !colour) throw refused(`pixels of kind ${photometric}, ${samples} values each`, 'grey or RGB');
  if (grey && set.elements[TAGS.table]) {
    throw refused('a table that its values go through (Modality LUT)', 'a slope and an intercept');
  }
  const stored =
    syntax === JPEG ? await fromJpeg(set, samples, photometric) : fromBytes(set, samples, syntax);
  return grey ? rescaled(stored, set, photometric) : stored;
}

function refused(got: string, expected: string): PixelsRefused {
  return new PixelsRefused({
    got: `DICOM with ${got}`,
    expected,
    fix: 'convert the file, for example to TIFF, or take it out of the data folder',
  });
}

/** The size that a DICOM file says it has. @throws Error for a file that is cut before it says it */
export function dicomSize(bytes: Uint8Array): Size {
  return sizeIn(parsed(bytes, { untilTag: TAGS.pixels }));
}

function sizeIn(set: DataSet): Size {
  return { width: set.uint16(TAGS.columns) ?? 0, height: set.uint16(TAGS.rows) ?? 0 };
}

function parsed(bytes: Uint8Array, options?: ParseDicomOptions): DataSet {
  try {
    return parseDicom(bytes, options);
  } catch (error) {
    // It throws texts, or objects that hold one.
    const { exception = error } = error as { readonly exception?: unknown };
    throw new Error(
      `cut in its attributes or pixels: ${exception instanceof Error ? exception.message : exception}`,
    );
  }
}

/** The values as they are stored, without bits that are not theirs. */
function fromBytes(set: DataSet, channels: number, syntax: string): DicomFrame {
  const { width, height } = sizeIn(set);
  const allocated = set.uint16(TAGS.allocated) ?? 16;
  const { bits, signed } = storedIn(set);
  const found = set.elements[TAGS.pixels];
  const count = height * width * channels;
  if (![8, 16, 32].includes(allocated)) throw refused(`${allocated} bits a value`, '8, 16 or 32 bits');
  if (count === 0 || !found) throw refused('no pixels', 'an image');
  const shape = { width, height, channels, bytes: allocated / 8 };
  const { pixels, inTurn } = unpacked(set, syntax, shape);
  if (pixels.length < count * shape.bytes) throw new Error(`cut: ${pixels.length} bytes of pixels`);
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const get = { 8: 'getUint8', 16: 'getUint16', 32: 'getUint32' } as const;
  const read = get[allocated as keyof typeof get];
  const above = allocated - 1 - (set.uint16(TAGS.high) ?? bits - 1);
  const cast = (value: number) => {
    const top = value << (32 - allocated + above);
    return signed ? top >> (32 - bits) : top >>> (32 - bits);
  };
  const planes = channels > 1 && !inTurn && set.uint16(TAGS.planar) === 1;
  const Type = signed || bits > 16 ? Float32Array : allocated === 8 ? Uint8Array : Uint16Array;
  const data = new Type(count);
  for (let i = 0; i < count; i++) {
    const at = planes ? (i % channels) * height * width + Math.floor(i / channels) : i;
    data[i] = cast(view[read]((at * allocated) / 8, true));
  }
  return { width, height, channels, data };
}

interface PixelShape extends Size {
  readonly channels: number;
}

interface FrameShape extends PixelShape {
  /** Of a value. */
  readonly bytes: number;
}

/** The pixels without compression, and whether their channels are then in turn, whatever the file says of that. */
function unpacked(
  set: DataSet,
  syntax: string,
  { width, height, channels, bytes }: FrameShape,
): { readonly pixels: Uint8Array; readonly inTurn: boolean } {
  if (syntax === IMPLICIT || syntax === EXPLICIT) {
    const { dataOffset, length } = set.elements[TAGS.pixels];
    return { pixels: set.byteArray.subarray(dataOffset, dataOffset + length), inTurn: false };
  }
  const frame = frameOf(set);
  if (syntax === RLE)
    return { pixels: decodeRle(frame, { pixels: width * height, channels, width: bytes }), inTurn: true };
  const { data, ...found } = decodeLosslessJpeg(frame);
  expectShape(found, { width, height, channels });
  const pixels = new Uint8Array(data.length * bytes);
  const view = new DataView(pixels.buffer);
  for (const [i, value] of data.entries())
    if (bytes === 1) pixels[i] = value;
    else view.setUint16(i * bytes, value, true);
  return { pixels, inTurn: true };
}

/** @throws Error for a JPEG of another size, or of other channels, than the file around it says */
function expectShape(found: PixelShape, { width, height, channels }: PixelShape): void {
  if (found.width === width && found.height === height && found.channels === channels) return;
  throw new Error(
    `a JPEG of ${found.width}x${found.height}, ${found.channels} values each, in a file of ${width}x${height} pixels, ${channels} each`,
  );
}

/** The one frame, as it is compressed. */
function frameOf(set: DataSet): Uint8Array {
  const pixels = set.elements[TAGS.pixels];
  if (!pixels?.fragments?.length) throw refused('no pixels', 'an image');
  return readEncapsulatedPixelDataFromFragments(set, pixels, 0, pixels.fragments.length);
}

/** How many bits a value has, and whether one of them is a sign. */
function storedIn(set: DataSet): { readonly bits: number; readonly signed: boolean } {
  return { bits: set.uint16(TAGS.stored) ?? 16, signed: set.uint16(TAGS.signed) === 1 };
}

/** The one frame of baseline JPEG: 8 bits. */
async function fromJpeg(set: DataSet, samples: number, photometric: string): Promise<DicomFrame> {
  const frame = photometric === 'RGB' ? asRgb(frameOf(set)) : frameOf(set);
  const { channels, ...size } = await sharp(frame, { failOn: 'error', ignoreIcc: true }).metadata();
  expectRoom(size, frame.length);
  const target = channels === 1 ? 'b-w' : 'srgb';
  const { data, info } = await unlessShort((failOn) =>
    sharp(frame, { failOn, ignoreIcc: true })
      .toColourspace(target)
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  expectShape(info, { ...sizeIn(set), channels: samples });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

function rescaled(frame: DicomFrame, set: DataSet, photometric: string): DicomFrame {
  const units = saidIn(set, TAGS.transformations);
  const [slope = 1, intercept = 0] = [units.floatString(TAGS.slope), units.floatString(TAGS.intercept)];
  const { bits, signed } = storedIn(set);
  // The lowest value of these bits and the highest.
  const ends = signed ? -1 : 2 ** bits - 1;
  const isTurned = photometric === 'MONOCHROME1';
  const unitOf = (value: number) => value * slope + intercept;
  const inUnits = (values: DicomFrame['data']): DicomFrame['data'] => {
    const turned = isTurned ? values.map((value) => ends - value) : values;
    return slope === 1 && intercept === 0 ? turned : Float32Array.from(turned, unitOf);
  };
  // What is said in units is of values that are not turned.
  const turnedUnit = (unit: number) => (isTurned ? unitOf(ends) + intercept - unit : unit);
  const [window, padding] = [windowIn(set), paddingIn(set, signed)];
  return {
    ...{ ...frame, data: inUnits(frame.data) },
    ...(window && { window: between(turnedUnit(window.low), turnedUnit(window.high)) }),
    // In the precision of the values, of which some are equal to them.
    ...(padding && { padding: between(...inUnits(Float32Array.of(padding.low, padding.high))) }),
  };
}

const between = (...ends: readonly number[]): Intensity => ({
  low: Math.min(...ends),
  high: Math.max(...ends),
});

function windowIn(set: DataSet): Intensity | undefined {
  const said = saidIn(set, TAGS.windows);
  const [centre, extent] = [said.floatString(TAGS.centre), said.floatString(TAGS.width)];
  return centre !== undefined && extent ? { low: centre - extent / 2, high: centre + extent / 2 } : undefined;
}

/** As stored values (PS3.3, C.7.5.1.1.2). */
function paddingIn(set: DataSet, signed: boolean): Intensity | undefined {
  const read = (tag: string) => (signed ? set.int16(tag) : set.uint16(tag));
  const first = read(TAGS.padding);
  if (first === undefined) return undefined;
  const last = read(TAGS.paddingEnd) ?? first;
  return between(first, last);
}

/** Where such values are said: in a file's functional groups, those of the frame first, or in the file itself. */
function saidIn(set: DataSet, group: string): DataSet {
  const itemOf = (from: DataSet | undefined, tag: string) => from?.elements[tag]?.items?.[0]?.dataSet;
  return itemOf(itemOf(set, TAGS.frameGroups), group) ?? itemOf(itemOf(set, TAGS.sharedGroups), group) ?? set;
}
