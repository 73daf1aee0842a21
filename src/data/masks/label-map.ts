import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { resizeBilinear } from '../decode/resize.ts';
import { type Labelling, type LabelMap, UNKNOWN } from './labelling.ts';
import { hexOf, type RawMask } from './raw-mask.ts';

/**
 * How much of each pixel each label covers, 0..255. What is left of a pixel belongs to the label `rest`; `of` holds the other
 * labels that occur.
 */
export interface Coverage extends Size {
  readonly rest: number;
  readonly of: ReadonlyMap<number, Uint8Array>;
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
  if (labelling.maskValues === 'light')
    return { height, width, rest: 0, of: new Map([[1, greyOf(mask, path)]]) };
  return coverageOfLabels({ height, width, data: labelsOfValues(mask, labelling, path) });
}

/** Labels as coverage: each covers its pixels whole. @param data [height, width] @param rest default the first of them */
export function coverageOfLabels(
  { height, width, data }: Size & { readonly data: Uint8Array },
  rest = data[0],
): Coverage {
  const of = new Map<number, Uint8Array>();
  for (let i = 0; i < data.length; i++) {
    const label = data[i];
    if (label === rest) continue;
    let plane = of.get(label);
    if (!plane) {
      plane = new Uint8Array(data.length);
      of.set(label, plane);
    }
    plane[i] = 255;
  }
  return { height, width, rest, of };
}

/** How much a label covers, 0..255; undefined where it covers nothing. */
export function planeOf({ height, width, rest, of }: Coverage, label: number): Uint8Array | undefined {
  if (label !== rest) return of.get(label);
  const plane = new Uint8Array(height * width).fill(255);
  for (const other of of.values()) for (let i = 0; i < plane.length; i++) plane[i] -= other[i];
  return plane;
}

/** At another size: the coverage of each label resized as images are. */
export function resizeCoverage({ rest, of, ...from }: Coverage, size: Size): Coverage {
  const resized = Array.from(of, ([label, data]) => {
    const plane = resizeBilinear({ ...from, channels: 1, data }, size);
    return [label, plane.data] as const;
  });
  return { height: size.height, width: size.width, rest, of: new Map(resized) };
}

/** Each pixel's label: the one that covers most of it, of equal ones `rest`, then the one that comes first. */
export function labelsOf({ height, width, rest, of }: Coverage): Uint8Array {
  const labels = new Uint8Array(height * width).fill(rest);
  const planes = [...of];
  if (planes.length === 1) {
    const [[label, plane]] = planes;
    for (let i = 0; i < labels.length; i++) if (plane[i] > 127) labels[i] = label;
    return labels;
  }
  for (let i = 0; i < labels.length; i++) {
    let most = 255;
    for (const [, plane] of planes) most -= plane[i];
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

function labelsOfValues({ kind, data }: RawMask, labelling: Labelling, path: string): Uint8Array {
  const labelOf = lookupOf(kind, labelling);
  const labels = new Uint8Array(data.length);
  // Neighbours mostly have one value.
  let [value, label] = [Number.NaN, UNKNOWN];
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== value) {
      value = data[i];
      const found = labelOf(value);
      if (found === undefined) throw unknownValue(value, kind, labelling, path);
      label = found;
    }
    labels[i] = label;
  }
  return labels;
}

/** The label of a value; undefined for one that has none. */
function lookupOf(
  kind: RawMask['kind'],
  { maskValues, classes, ignore }: Labelling,
): (value: number) => number | undefined {
  const colourOf = (value: number) => hexOf(kind === 'colour' ? value : value * 0x10101);
  const keyOf = maskValues === 'colours' ? colourOf : (value: number) => value;
  const labels = new Map<number | string, number>(
    classes.map(({ number, colour }, label) => [maskValues === 'colours' ? colour : number, label]),
  );
  const unknown = new Set(ignore);
  if (maskValues === 'nonzero') return (value) => (unknown.has(value) ? UNKNOWN : Number(value > 0));
  return (value) => (unknown.has(keyOf(value)) ? UNKNOWN : labels.get(keyOf(value)));
}

function unknownValue(
  value: number,
  kind: RawMask['kind'],
  { maskValues, classes }: Labelling,
  path: string,
): UserError {
  const colours = maskValues === 'colours';
  const known = classes.map(({ number, colour, name }) => `${colours ? colour : number} = ${name}`);
  return new UserError({
    what: `mask ${path}`,
    got: kind === 'colour' ? `the colour ${hexOf(value)}` : `the value ${value}`,
    expected: `one of ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ..' : ''}`,
    fix: `add it to the classes, or say that nothing is known of such pixels: --ignore ${colours ? hexOf(value) : value}`,
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
