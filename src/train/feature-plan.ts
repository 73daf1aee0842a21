import type { Size } from '../core/size.ts';
import { type Augmentation, recolours, warps } from '../data/loading/augmentation.ts';
import { symmetryCount } from '../data/loading/symmetry.ts';
import { isRandom, type Pretext } from '../data/pretexts/index.ts';
import type { Encoder } from '../nn/encoder.ts';
import type { CacheFeatures } from '../settings/shared.ts';

/** What decides whether the encoder's features are kept. */
export interface FeatureRequest {
  readonly encoder: Pick<Encoder, 'taps' | 'model'>;
  /** Whether the encoder is trained, so that its features change. */
  readonly trained: boolean;
  readonly mode: CacheFeatures;
  readonly size: Size;
  readonly augmentation: Augmentation;
  readonly pretext?: Pretext;
  /** Of training images, where they have masks. */
  readonly degradation?: Pretext;
  /** Whether images are pieces, drawn anew each time. */
  readonly crop?: boolean;
  /** Whether steps have plain images, too. */
  readonly plain?: boolean;
  /** What of them goes beyond it lies on the disk. */
  readonly memoryBytes: number;
  readonly trainingImages: number;
  readonly validationImages: number;
}

/** Of which images features are kept, and where. */
export interface FeaturePlan {
  /** Views of a training image, each kept apart; 0 = the features of training images are not kept. */
  readonly trainingViews: number;
  readonly validation: boolean;
  readonly where: 'memory' | 'disk';
  /** What is to be said of it. */
  readonly notice?: string;
}

/** A set of images, each in some views that come again or not. */
interface Part {
  readonly name: string;
  readonly counted: string;
  readonly count: number;
  /** Why an image never comes twice. */
  readonly varies?: string;
}

/** Float32 numbers that the encoder makes of one image of this size. */
export function featureLength({ taps }: Pick<Encoder, 'taps'>, { height, width }: Size): number {
  return taps.reduce((sum, { channels, stride }) => sum + (channels * height * width) / stride ** 2, 0);
}

/**
 * Decides of which images features are kept: of those that come again as they were, if the user wants it.
 *
 * `auto` keeps those of an encoder that is a model of its own: its taps are fed to the step whether they are kept or not, so
 * keeping them saves the encoder's time and costs none. It keeps none of our own encoders. Measured on two cores with 16 images
 * of 128 px a step and no augmentation, so that all but the first epoch found everything in memory: 1.24 s an epoch, 1.22 s
 * without. The encoder is 34 of a step's 303 ms, but 39 MiB of taps have to be copied together and brought into blocks, in
 * which the encoder of a whole graph leaves them.
 */
export function planFeatures(request: FeatureRequest): FeaturePlan {
  const { mode, size, trainingImages, validationImages } = request;
  const where = mode === 'disk' ? 'disk' : 'memory';
  const none = { trainingViews: 0, validation: false, where } as const;
  if (mode === 'off' || (mode === 'auto' && !request.encoder.model)) return none;
  if (request.crop)
    return { ...none, notice: 'features: none kept; pieces of images are drawn anew each time' };
  if (request.trained) return { ...none, notice: 'features: none kept; the encoder is trained' };
  const views = symmetryCount(size, request.augmentation.flips);
  const training: Part = {
    name: 'training',
    counted: `${trainingImages} images${views > 1 ? ` x ${views} views` : ''}`,
    count: trainingImages * views,
    varies: variation(request),
  };
  const validation: Part = {
    name: 'validation',
    counted: `${validationImages} validation images`,
    count: validationImages,
  };
  const parts = [training, validation].filter(({ count }) => count > 0);
  const kept = parts.filter(({ varies }) => varies === undefined);
  return {
    trainingViews: kept.includes(training) ? views : 0,
    validation: kept.includes(validation),
    where,
    notice: notice(
      parts,
      kept,
      4 * featureLength(request.encoder, size),
      where === 'disk' ? 0 : request.memoryBytes,
    ),
  };
}

function variation({ augmentation, pretext, degradation, plain }: FeatureRequest): string | undefined {
  if (plain) return 'plain images come in views that do not repeat';
  if (warps(augmentation)) return 'images are warped at random';
  if (recolours(augmentation)) return 'colours change at random';
  const degraded = pretext ?? degradation;
  return degraded && isRandom(degraded) ? 'images are degraded at random' : undefined;
}

/**
 * @param bytes of the features of one view
 * @param room in memory, in bytes
 */
function notice(parts: readonly Part[], kept: readonly Part[], bytes: number, room: number) {
  const count = kept.reduce((sum, part) => sum + part.count, 0);
  const what = [
    kept.map(({ counted }) => counted).join(' and '),
    `${inWords(bytes)} each`,
    `${inWords(count * bytes)} ${room === 0 ? 'on disk' : 'in memory'}${room > 0 && count * bytes > room ? ' as far as --memory goes, then on disk' : ''}`,
  ];
  const refused = parts.flatMap(({ name, varies }) => (varies ? [`${name}: ${varies}`] : []));
  return `features: ${[count > 0 ? what.join(', ') : 'none kept', ...refused].join('; ')}`;
}

/** `2.4 MiB`, `1.4 GiB`. */
function inWords(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1000 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
