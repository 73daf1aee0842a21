import type { Size } from '../core/size.ts';
import type { ImageLook, KnownLooks } from '../data/loading/look.ts';

/** An image, and what it is like. */
export interface SeenImage {
  readonly name: string;
  readonly look: ImageLook;
}

/** What a network knows. */
export interface Known {
  /** What its images are like, as far as it is on record. */
  readonly looks?: KnownLooks;
  /** The size that images are made; undefined where they are seen at their own scale. */
  readonly size?: Size;
}

/** A way to be unlike: tells by how much, or nothing. The first that holds for an image is told of it. */
type Difference = (look: ImageLook, known: Known) => string | undefined;

/**
 * What so few levels are left of was hardly used: in 8 bits the range of 12 bits in 16 has 16. Ordinary images have more than
 * twice as many.
 */
const FEW_LEVELS = 25;
/** How many times as large, in length, as the largest known image, or as small as the smallest. */
const MOST_SCALE = 3;
/** The same, as against the network's input, where it is not known what images it has seen. */
const MOST_SQUEEZED = 10;
/** As much darker as the darkest known image, or as much nearer to white as the brightest. */
const FAR = 2;

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'a range that is hardly used (of 12 bits in files of 16, perhaps; see --intensity of the training)': (
    { contrast },
    { looks },
  ) => {
    const usual = looks?.contrast.low ?? 2 * FEW_LEVELS;
    return contrast < FEW_LEVELS && 2 * contrast < usual ? levels(contrast + 1) : undefined;
  },
  'far darker than any of the training': ({ brightness }, { looks }) =>
    looks && FAR * brightness < looks.brightness.low
      ? `mean ${brightness.toFixed(0)} of 255, those from ${looks.brightness.low.toFixed(0)}`
      : undefined,
  'far brighter than any of the training': ({ brightness }, { looks }) =>
    looks && FAR * (255 - brightness) < 255 - looks.brightness.high
      ? `mean ${brightness.toFixed(0)} of 255, those to ${looks.brightness.high.toFixed(0)}`
      : undefined,
  'far larger than any of the training, and so seen at another scale': ({ area }, { looks, size }) => {
    if (!size) return undefined;
    const usual = looks ? looks.area.high : size.height * size.width;
    const scale = Math.sqrt(area / usual);
    return scale > (looks ? MOST_SCALE : MOST_SQUEEZED) ? `${scale.toFixed(1)} times the length` : undefined;
  },
  'far smaller than any of the training, and so seen at another scale': ({ area }, { looks, size }) => {
    const scale = looks && size ? Math.sqrt(looks.area.low / area) : 1;
    return scale > MOST_SCALE ? `a ${scale.toFixed(1)}th of the length` : undefined;
  },
};

const levels = (count: number) => (count === 1 ? '1 level' : `${count} of 256 levels`);

/** Images that are unlike those that a network knows: a warning for each way, with their number and the first of them. */
export function unlikeTexts(images: readonly SeenImage[], known: Known): string[] {
  const found = new Map<string, string[]>();
  for (const { name, look } of images) {
    for (const [way, difference] of Object.entries(DIFFERENCES)) {
      const by = difference(look, known);
      if (by === undefined) continue;
      found.set(way, [...(found.get(way) ?? []), `${name}: ${by}`]);
      break;
    }
  }
  return [...found].map(([way, [first, ...more]]) => {
    const count = more.length === 0 ? '1 image' : `${more.length + 1} images`;
    return `${count} unlike those of the training, predictions may be wrong: ${way} (${first}${more.length > 0 ? ', ..' : ''})`;
  });
}
