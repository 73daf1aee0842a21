import { UserError } from '../../core/errors.ts';
import { unclearChannels } from '../decode/decode.node.ts';
import { SAY_INTENSITY } from '../decode/numbers.ts';
import { placeOf } from '../decode/page.ts';
import type { Depth } from '../decode/picture.node.ts';
import type { Intensity } from '../decode/reading.ts';
import { morePages } from '../folders/pages.ts';
import { Ranks } from './ranks.ts';
import { forValues, type PixelFacts, pixelFacts } from './survey.node.ts';

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
  if (fed.length === 0 || given === 'full') return { warnings: [] };
  return given === 'auto' ? asUsual(set, fed) : asUsed(set, fed, given);
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

async function asUsual(set: ImageSet, files: readonly PixelFacts[]): Promise<SettledIntensity> {
  const deep = files.filter(({ depth }) => depth !== 'uchar');
  if (deep.length === 0) return { warnings: [] };
  const ranges = await rangesOf(deep, set);
  const words = deep.filter(({ depth }) => depth === 'ushort');
  const others = deep.filter(({ depth }) => depth !== 'ushort');
  const unusual = others.filter((file) => ranges.get(file)!.low < 0 || ranges.get(file)!.high > 255);
  // Where they are the fewer, whoever loads them names them.
  if (2 * unusual.length >= files.length) {
    const [first] = unusual;
    const { low, high } = ranges.get(first)!;
    throw new UserError({
      what: first.path,
      got: `pixels from ${low} to ${high} (${TYPES[first.depth]})`,
      expected: '8 or 16 bits, or values in 0..1 or in 0..255',
      fix: SAY_INTENSITY + proposal(first),
    });
  }
  if (others.length === files.length) {
    const high = Math.max(...others.map((file) => ranges.get(file)!.high)) <= 1 ? 1 : 255;
    const told = `pixels: ${TYPES[others[0].depth]} in 0..${high}, which become black to white`;
    return { intensity: { low: 0, high }, told, warnings: [] };
  }
  return { warnings: wasted(words.map((file) => ranges.get(file)!)) };
}

function wasted(ranges: readonly Intensity[]): string[] {
  if (ranges.length === 0) return [];
  const { low, high } = union(ranges);
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

async function rangesOf(
  files: readonly PixelFacts[],
  set: ImageSet,
): Promise<ReadonlyMap<PixelFacts, Intensity>> {
  const ranges = new Map(files.map((file) => [file, NOTHING]));
  await forValues(files, set, (values, file) => {
    let { low, high } = ranges.get(file)!;
    for (let i = 0; i < values.length; i++) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    ranges.set(file, { low, high });
  });
  return ranges;
}

const NOTHING: Intensity = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };

function union(ranges: readonly Intensity[]): Intensity {
  return ranges.reduce((all, { low, high }) => ({
    low: Math.min(all.low, low),
    high: Math.max(all.high, high),
  }));
}
