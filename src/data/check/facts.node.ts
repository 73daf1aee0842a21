import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { contentOf, formatOfContent, hashOf } from '../decode/content.node.ts';
import { decodeThumbnail } from '../decode/decode.node.ts';
import { placeOf } from '../decode/page.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { Image } from '../decode/resize.ts';
import { imageSize } from '../decode/size.node.ts';
import { type Appearance, appearanceOf } from '../duplicates/appearance.ts';
import type { Sample } from '../folders/folder.node.ts';
import { maskName } from '../folders/mask-source.ts';
import { readSample } from '../loading/read.node.ts';
import { type Labelling, ONE_OBJECT, UNKNOWN } from '../masks/labelling.ts';
import { readMask, undecided } from '../masks/read-mask.node.ts';
import { type Vanishing, vanishingOf } from '../masks/vanishing.ts';

/** A sample, what its mask means, where that is known, and at which size it would be trained on. */
export interface FactsTask {
  readonly sample: Sample;
  readonly reading: PixelReading;
  readonly labelling?: Labelling;
  readonly size: Size;
}

export interface ImageFacts extends Size {
  readonly format: string;
  /** Whether it has no colour. */
  readonly grey: boolean;
  /** How the file says that it is stored turned or mirrored, as EXIF has it: 1 to 8; 1 is upright. */
  readonly orientation: number;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** Undefined if it has too little structure. */
  readonly appearance?: Appearance;
}

export interface MaskFacts extends Size {
  /** Of each class, in their order, its share of the pixels, 0 to 1. Undefined where it is not known what masks mean. */
  readonly areas?: readonly number[];
  /** What of it is lost at the network's size. The same. */
  readonly vanishing?: Vanishing;
}

/** What a sample's files hold: of each that can be read its facts, of the others why they cannot be used. */
export interface SampleFacts {
  readonly image?: ImageFacts;
  readonly mask?: MaskFacts;
  readonly problems: readonly string[];
}

/**
 * Reads a sample, its mask too if it has one.
 *
 * @param task.reading how its image is read
 * @param task.labelling what masks mean, where that is known
 * @param task.size of the network
 */
export async function factsOf(
  sample: Sample,
  { reading, labelling, size }: Omit<FactsTask, 'sample'>,
): Promise<SampleFacts> {
  const problems: string[] = [];
  const attempt = async <T>(read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const image = await attempt(imageFacts(sample.image, reading));
  const mask =
    sample.mask === undefined ? undefined : await attempt(maskFacts(sample, { reading, labelling, size }));
  if (!image || !mask || (image.width === mask.width && image.height === mask.height)) {
    return { image, mask, problems };
  }
  // Whether sizes so different can be reconciled is for those to say who will read them.
  const read = await readSample(sample, {
    size,
    reading,
    labelling: labelling ?? ANY,
  });
  if ('pixels' in read) return { image, mask, problems };
  return { image, problems: read.map((error) => error.message) };
}

/** What colours and copies are looked for at: enough for that, and little of a huge image. */
const thumbnail: Size = { height: 64, width: 64 };

async function imageFacts(path: string, reading: PixelReading): Promise<ImageFacts> {
  const content = await contentOf(path);
  const { image, native } = await decodeThumbnail(content, path, thumbnail, reading);
  return {
    ...native,
    format: await formatOfContent(content),
    grey: isGrey(image),
    orientation: (await imageSize(placeOf(path).file)).orientation,
    hash: await hashOf(content),
    appearance: appearanceOf(image),
  };
}

/** Reads any mask, whatever its values mean. */
const ANY: Labelling = { ...ONE_OBJECT, maskValues: 'nonzero' };

async function maskFacts(sample: Sample, { labelling, size }: Omit<FactsTask, 'sample'>): Promise<MaskFacts> {
  const mask = await readMask(sample, labelling ?? ANY);
  const truth = mask.at();
  const { height, width, planes, data } = truth;
  if (!labelling) return { height, width };
  const name = maskName(sample.mask!);
  const problem = undecided(name, truth) ?? undecided(name, mask.at(size));
  if (problem) throw problem;
  const { classes, multilabel } = labelling;
  const counts = new Array<number>(classes.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    const label = data[i];
    if (label === UNKNOWN) continue;
    if (!multilabel) counts[label]++;
    else if (label === 1) counts[Math.floor((i * planes) / data.length)]++;
  }
  const areas = counts.map((count) => count / (height * width));
  return { height, width, areas, vanishing: vanishingOf(mask.at, labelling, size) };
}

/** Channels of a grey JPEG can differ by this much after its conversion from YCbCr. */
const rounding = 2;

function isGrey({ data }: Image): boolean {
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > rounding) return false;
  }
  return true;
}
