import { UserError } from '../../core/errors.ts';
import { unclearChannels } from '../decode/decode.node.ts';
import { NO_RANGE, type Range, SAY_INTENSITY, whiteOf } from '../decode/numbers.ts';
import { placeOf } from '../decode/page.ts';
import type { Depth } from '../decode/picture.node.ts';
import type { Intensity } from '../decode/reading.ts';
import { morePages } from '../folders/pages.ts';
import { Ranks } from './ranks.ts';
import { forValues, type PixelFacts, pixelFacts } from './survey.node.ts';
import { named, type UsualNumbers, whiteOfSet } from './white.ts';

/**
 * What the user has said of stored values: `auto` finds out whether they are usual ones; `full` says it; `used` takes those of
 * all images from the lowest to the highest; a percentile those without as many percent below and above.
 */
export type GivenIntensity = 'auto' | 'full' | 'used' | { readonly percentile: number } | Intensity;

/** How a set of images is read. */
export interface SettledIntensity {
  /** Undefined: as files usually are read. */
  readonly intensity?: Intensity;
  /** In one line, where there is something to tell. */
  readonly told?: string;
  readonly warnings: readonly string[];
}

/** A set of images. */
interface ImageSet {
  /** What it is called. */
  readonly name: string;
  readonly paths: readonly string[];
  readonly channels?: readonly number[];
}

/**
 * Which stored values become black and white, one rule for a set of images, found in all of them.
 *
 * @throws UserError where none of them can be read as was said, or it would be a guess
 */
export async function settleIntensity(
  set: ImageSet,
  given: GivenIntensity,
  onProgress?: (done: number, total: number) => void,
): Promise<SettledIntensity> {
  const files = await pixelFacts(set.paths, onProgress);
  const { warnings, ...found } = await settled(set, files, given);
  return { ...found, warnings: [...ofPages(files), ...warnings] };
}

async function settled(
  set: ImageSet,
  files: readonly PixelFacts[],
  given: GivenIntensity,
): Promise<SettledIntensity> {
  expectKnownChannels(set, files);
  const fed = files.filter(({ colours }) => set.channels || colours !== undefined);
  if (typeof given === 'object' && 'low' in given) return { intensity: given, warnings: [] };
  if (fed.length === 0) return { warnings: [] };
  if (given === 'auto' || given === 'full') return asUsual(set, fed, given === 'auto');
  return asUsed(set, fed, given);
}

function expectKnownChannels({ channels }: ImageSet, files: readonly PixelFacts[]): void {
  const [first] = files;
  if (channels || !first || files.some(({ colours }) => colours !== undefined)) return;
  throw new UserError({ what: first.path, ...unclearChannels(first) });
}

/** Pages that are not taken, and those that are, though they seem to be no images of their own. */
function ofPages(files: readonly PixelFacts[]): string[] {
  const several = files.filter(({ pages }) => pages > 1);
  const first = several.filter(({ path }) => placeOf(path).page === undefined);
  const channels = several.filter(({ pagesAreChannels }) => pagesAreChannels);
  const more = morePages(
    first,
    channels.length > 0 ? '; by their OME description these are channels, too' : '',
  );
  if (more !== undefined) return [more];
  if (channels.length === 0) return [];
  return [
    `${channels[0].path} is a channel by its OME description, and is taken as an image of its own, as other pages are`,
  ];
}

/** What a DICOM file proposes. */
function proposal({ window }: PixelFacts): string {
  return window ? `; the window in the file is ${window.low}:${window.high}` : '';
}

/** A smaller share of 16 bits is told. */
const LITTLE = 0.1;

/** @param told whether words that use little of their range are told, too */
async function asUsual(
  set: ImageSet,
  files: readonly PixelFacts[],
  told: boolean,
): Promise<SettledIntensity> {
  const words = files.filter(({ depth }) => depth === 'ushort');
  const numbers = files.filter(({ depth }) => depth !== 'uchar' && depth !== 'ushort');
  const warnings = told ? wasted((await rangesOf(words, set)).map(({ range }) => range)) : [];
  const settled = numbers.length === 0 ? {} : await ofNumbers(set, { files, words, numbers });
  return { ...settled, warnings: [...(settled.warnings ?? []), ...warnings] };
}

interface Kinds {
  readonly files: readonly PixelFacts[];
  readonly words: readonly PixelFacts[];
  readonly numbers: readonly PixelFacts[];
}

/** The rule by which floats, and integers that are no bytes or words, are read. */
async function ofNumbers(
  set: ImageSet,
  { files, words, numbers }: Kinds,
): Promise<Partial<SettledIntensity>> {
  const ranges = await rangesOf(numbers, set);
  const unusual = ranges.filter(({ range }) => whiteOf(range) === undefined);
  // Where they are the fewer, whoever loads them names them.
  if (2 * unusual.length >= files.length) {
    const [{ path, range, file }] = unusual;
    throw new UserError({
      what: path,
      got: `pixels from ${range.low} to ${range.high} (${TYPES[file.depth]})`,
      expected: '8 or 16 bits, or values in 0..1 or in 0..255',
      fix: SAY_INTENSITY + proposal(file),
    });
  }
  const usual = ranges.filter(({ range }) => whiteOf(range) !== undefined);
  const found = whiteOfSet(set.name, usual);
  if (!found) return {};
  const { white, dark, light } = found;
  // A range is one for all types, and cuts off what lies beyond it: without one each file is read by its own values.
  const differ = white === 255 && dark.length > 0;
  if (unusual.length > 0 || words.length > 0) return differ ? { warnings: [ofTheirOwn(dark, light)] } : {};
  if (!differ && numbers.length < files.length) return {};
  return {
    intensity: { low: 0, high: white },
    told: `pixels: ${TYPES[numbers[0].depth]} in 0..${white}, which become black to white`,
    warnings: differ ? [darkOnes(dark)] : [],
  };
}

function ofTheirOwn(dark: readonly UsualNumbers[], light: readonly UsualNumbers[]): string {
  return `values in 0..1 (${named(dark)}), of which 1 becomes white, beside values up to 255 (${named(light)}): each file is read by its own, as there are other kinds of images; convert them if they are not meant so`;
}

function darkOnes(files: readonly UsualNumbers[]): string {
  const count = files.length === 1 ? '1 image has' : `${files.length} images have`;
  return `${count} only values in 0..1 (${named(files)}), read in 0..255 as the others, almost black; convert them if they are not meant so`;
}

function wasted(ranges: readonly Range[]): string[] {
  if (ranges.length === 0) return [];
  const { low, high } = ranges.reduce(union);
  if (high - low >= LITTLE * 65535) return [];
  const levels = (high >> 8) - (low >> 8) + 1;
  const seen = levels === 1 ? '1 level of grey is' : `${levels} levels of grey are`;
  return [
    `images of 16 bits use the values ${low} to ${high} only, of which ${seen} left in 8 bits; --intensity used takes them from black to white`,
  ];
}

async function asUsed(
  set: ImageSet,
  files: readonly PixelFacts[],
  given: 'used' | { readonly percentile: number },
): Promise<SettledIntensity> {
  expectOneType(set, files);
  const ranks = new Ranks();
  await forValues(files, set, (values) => ranks.add(values));
  let { low, high } = ranks;
  let told = `pixels: ${TYPES[files[0].depth]}, all of them from ${low} to ${high}`;
  if (given !== 'used') {
    const share = given.percentile / 100;
    const search = ranks.search([share, 1 - share]);
    await forValues(files, set, (values) => search.add(values));
    [low, high] = search.found();
    told = `pixels: ${TYPES[files[0].depth]}, all but ${given.percentile} % below and above from ${low} to ${high}`;
  }
  if (Number.isFinite(low) && low < high) {
    return { intensity: { low, high }, told: `${told}, which become black to white`, warnings: [] };
  }
  throw new UserError({
    what: set.name,
    got: ranks.count === 0 ? 'no pixels' : `pixels of which hardly any is not ${low}`,
    expected: 'different values',
    fix: 'say the range: --intensity LOW:HIGH',
  });
}

/** One range for values of different types would be a guess. */
function expectOneType({ name }: ImageSet, files: readonly PixelFacts[]): void {
  const [first] = files;
  const other = files.find(({ depth }) => depth !== first.depth);
  if (!other) return;
  throw new UserError({
    what: name,
    got: `${TYPES[first.depth]} (${first.path}) and ${TYPES[other.depth]} (${other.path})`,
    expected: 'images of one type, to find the range that they use',
    fix: 'convert them to one, or say the range: --intensity LOW:HIGH',
  });
}

const TYPES: Readonly<Record<Depth, string>> = {
  uchar: '8 bits',
  ushort: '16 bits',
  char: '8 bits with a sign',
  short: '16 bits with a sign',
  uint: '32 bits',
  int: '32 bits with a sign',
  float: 'floats',
  double: 'floats of 64 bits',
};

interface FileRange extends UsualNumbers {
  readonly file: PixelFacts;
}

/** Of the files that have any numbers, in their order. */
async function rangesOf(files: readonly PixelFacts[], set: ImageSet): Promise<FileRange[]> {
  const ranges = new Map<PixelFacts, Range>();
  await forValues(files, set, (values, file) =>
    ranges.set(file, union(ranges.get(file) ?? NO_RANGE, finiteRangeOf(values))),
  );
  return files
    .map((file) => ({ file, path: file.path, range: ranges.get(file) ?? NO_RANGE }))
    .filter(({ range }) => range.low <= range.high);
}

/** Without NaN and infinite values, for which whoever loads a file names it. */
function finiteRangeOf(values: Float32Array): Range {
  let { low, high } = NO_RANGE;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

const union = (one: Range, other: Range): Range => ({
  low: Math.min(one.low, other.low),
  high: Math.max(one.high, other.high),
});
