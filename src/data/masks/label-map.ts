import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { resizeBilinear } from '../decode/resize.ts';
import { type Labelling, type LabelMap, UNKNOWN } from './labelling.ts';
import { colourOf, hexOf, isIgnored, type RawMask } from './raw-mask.ts';

/**
 * How much of each pixel each label covers, 0..255. What is left of a known pixel belongs to the label `rest`, unless `of` has that,
 * too; `of` holds the other labels that occur.
 */
export interface Coverage extends Size {
  readonly rest: number;
  readonly of: ReadonlyMap<number, Uint8Array>;
  /** Where not all pixels are known: 255 for those that are, 0 for the others, which no label covers. */
  readonly known?: Uint8Array;
}

/**
 * What a mask says by the labelling of its set.
 *
 * @param path for messages
 * @throws UserError for a value that is none of a class, and for a mask that is drawn in its alpha channel
 */
export function coverageOf(mask: RawMask, labelling: Labelling, path: string): Coverage {
  if (isDrawnInAlpha(mask)) throw drawnInAlpha(path);
  const { height, width } = mask;
  if (labelling.maskValues === 'light') {
    // White is above half of the range, so that of 0 and 1 is 1.
    const scaled = mask.shares === false ? { ...mask, data: mask.data.map((value) => 255 * value) } : mask;
    const white = { height, width, rest: 0, of: new Map([[1, greyOf(scaled, path)]]) };
    return knownAt(white, knownPixels(scaled, labelling));
  }
  return coverageOfLabels({ height, width, data: labelsOfValues(mask, labelling, path) });
}

/** Labels as coverage: each covers its pixels whole. @param data [height, width] @param rest default the first of them that is known */
export function coverageOfLabels(
  { height, width, data }: Size & { readonly data: Uint8Array },
  rest = data.find((label) => label !== UNKNOWN) ?? 0,
): Coverage {
  const of = new Map<number, Uint8Array>();
  const known = data.includes(UNKNOWN) ? data.map((label) => (label === UNKNOWN ? 0 : 255)) : undefined;
  for (let i = 0; i < data.length; i++) {
    const label = data[i];
    if (label === rest || label === UNKNOWN) continue;
    let plane = of.get(label);
    if (!plane) {
      plane = new Uint8Array(data.length);
      of.set(label, plane);
    }
    plane[i] = 255;
  }
  return { height, width, rest, of, ...(known && { known }) };
}

/** A coverage of which less is known. @param known as `Coverage` has it: undefined where all of it is */
export function knownAt({ of, ...others }: Coverage, known: Uint8Array | undefined): Coverage {
  if (!known) return { ...others, of };
  const covered = (plane: Uint8Array) => plane.map((value, i) => (known[i] ? value : 0));
  return { ...others, of: new Map(Array.from(of, ([label, plane]) => [label, covered(plane)])), known };
}

/** For each pixel 0 where its value is one of which nothing is known, else 255; undefined if there are none. */
function knownPixels(mask: RawMask, { ignore }: Labelling): Uint8Array | undefined {
  if (ignore.length === 0) return undefined;
  const unknown = new Set([...new Set(mask.data)].filter((value) => isIgnored(mask, value, ignore, false)));
  const values = Uint8Array.from(mask.data, (value) => (unknown.has(value) ? 0 : 255));
  return values.includes(0) ? values : undefined;
}

/** How much a label covers, 0..255; undefined where it covers nothing. */
export function planeOf({ height, width, rest, of, known }: Coverage, label: number): Uint8Array | undefined {
  if (label !== rest || of.has(rest)) return of.get(label);
  const plane = known ? known.slice() : new Uint8Array(height * width).fill(255);
  for (const other of of.values()) for (let i = 0; i < plane.length; i++) plane[i] -= other[i];
  return plane;
}

/** At another size: the coverage of each label resized as images are. */
export function resizeCoverage(coverage: Coverage, size: Size): Coverage {
  const { rest, of, known, height, width } = coverage;
  const resized = (data: Uint8Array) => resizeBilinear({ height, width, channels: 1, data }, size).data;
  // Where not all is known, what is left is not all that no other label covers.
  const whole = known && !of.has(rest) ? new Map([[rest, planeOf(coverage, rest)!], ...of]) : of;
  return {
    ...{ height: size.height, width: size.width, rest },
    of: new Map(Array.from(whole, ([label, plane]) => [label, resized(plane)])),
    ...(known && { known: resizeKnown(known, coverage, size) }),
  };
}

/** A pixel is known where at least one of so many that it is made of are: thin strokes are there in smaller images, too. */
const PIXELS_OF_A_KNOWN_ONE = 16;

function resizeKnown(known: Uint8Array, from: Size, to: Size): Uint8Array {
  const [rows, columns] = (['height', 'width'] as const).map((side) => {
    const scale = from[side] / to[side];
    return Array.from({ length: to[side] }, (_, i) => {
      const start = Math.floor(i * scale);
      return [start, Math.max(start + 1, Math.floor((i + 1) * scale))] as const;
    });
  });
  const resized = new Uint8Array(to.height * to.width);
  for (const [y, [top, bottom]] of rows.entries())
    for (const [x, [left, right]] of columns.entries()) {
      let count = 0;
      for (let row = top; row < bottom; row++)
        for (let i = row * from.width + left; i < row * from.width + right; i++) if (known[i]) count++;
      const enough = PIXELS_OF_A_KNOWN_ONE * count >= (bottom - top) * (right - left);
      resized[y * to.width + x] = count > 0 && enough ? 255 : 0;
    }
  return resized;
}

/**
 * Each pixel's label: the one that covers most of it, of equal ones `rest`, then the one that comes first; `UNKNOWN` where it is not
 * known.
 */
export function labelsOf({ height, width, rest, of, known }: Coverage): Uint8Array {
  const labels = new Uint8Array(height * width).fill(rest);
  const planes = [...of];
  if (planes.length === 1 && !known) {
    const [[label, plane]] = planes;
    for (let i = 0; i < labels.length; i++) if (plane[i] > 127) labels[i] = label;
    return labels;
  }
  for (let i = 0; i < labels.length; i++) {
    if (known?.[i] === 0) {
      labels[i] = UNKNOWN;
      continue;
    }
    let most = of.has(rest) ? 0 : 255;
    if (most > 0) for (const [, plane] of planes) most -= plane[i];
    for (const [label, plane] of planes) {
      if (plane[i] <= most) continue;
      most = plane[i];
      labels[i] = label;
    }
  }
  return labels;
}

/** Planes of labels, one above the other. @param planes at least one, all of one size */
export function stacked(size: Size, planes: readonly Uint8Array[]): LabelMap {
  const area = size.height * size.width;
  const data = new Uint8Array(planes.length * area);
  for (const [k, plane] of planes.entries()) data.set(plane, k * area);
  return { height: size.height, width: size.width, planes: planes.length, data };
}

/** Grey values, 0..255. */
function greyOf({ kind, data }: RawMask, path: string): Uint8Array {
  if (data instanceof Uint8Array && kind === 'grey') return data;
  if (kind === 'wide') return Uint8Array.from(data, (value) => Math.min(255, value >> 8));
  throw new UserError({
    what: `mask ${path}`,
    got: 'colours',
    expected: 'grey, as the other masks of the set have it',
    fix: 'convert it, or say how all are read: --mask-values',
  });
}

function labelsOfValues(mask: RawMask, labelling: Labelling, path: string): Uint8Array {
  const { data } = mask;
  const labelOf = lookupOf(mask, labelling);
  const known = new Map<number, number>();
  const labels = new Uint8Array(data.length);
  // Neighbours mostly have one value.
  let [value, label] = [Number.NaN, UNKNOWN];
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== value) {
      value = data[i];
      const found = known.get(value) ?? labelOf(value);
      if (found === undefined) throw unknownValue(value, mask, labelling, path);
      if (!known.has(value)) known.set(value, found);
      label = found;
    }
    labels[i] = label;
  }
  return labels;
}

/** The label of a value; undefined for one that has none. */
function lookupOf(
  mask: RawMask,
  { maskValues, classes, ignore }: Labelling,
): (value: number) => number | undefined {
  const inColours = maskValues === 'colours';
  const keyOf = (value: number) => (inColours ? hexOf(colourOf(mask, value)) : value);
  const labels = new Map<number | string, number>(
    classes.map(({ number, colour }, label) => [inColours ? colour : number, label]),
  );
  const labelOf = (value: number) =>
    maskValues === 'nonzero' ? Number(value > 0) : labels.get(keyOf(value));
  return (value) => (isIgnored(mask, value, ignore, inColours) ? UNKNOWN : labelOf(value));
}

function unknownValue(
  value: number,
  mask: RawMask,
  { maskValues, classes }: Labelling,
  path: string,
): UserError {
  const colours = maskValues === 'colours';
  const hex = hexOf(colourOf(mask, value));
  const known = classes.map(({ number, colour, name }) => `${colours ? colour : number} = ${name}`);
  return new UserError({
    what: `mask ${path}`,
    got: colours || mask.kind === 'colour' ? `the colour ${hex}` : `the value ${value}`,
    expected: `one of ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ..' : ''}`,
    fix: `add it to the classes, or say that nothing is known of such pixels: --ignore ${colours ? hex : value}`,
  });
}

/**
 * Whether some pixels are transparent, and the values alone do not show the object: all alike, or light where they are
 * transparent.
 */
function isDrawnInAlpha({ data, transparent }: RawMask): boolean {
  if (!transparent) return false;
  let [low, high, hidden] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]);
    high = Math.max(high, data[i]);
    if (transparent[i]) hidden = Math.max(hidden, data[i]);
  }
  return low === high || hidden > Math.min(127, high / 2);
}

const drawnInAlpha = (path: string) =>
  new UserError({
    what: `mask ${path}`,
    got: 'a mask drawn in its alpha channel (white or one-coloured pixels that are transparent)',
    expected: 'white for the object and black for the rest, opaque',
    fix: 'flatten it onto black',
  });
