import * as z from 'zod';
import {
  type Augmentation,
  flipsAlone,
  noAugmentation,
  type Photometric,
} from '../data/loading/augmentation.ts';
import { FLIPS } from '../data/loading/symmetry.ts';
import { setting } from './setting.ts';

const light: Augmentation = {
  ...flipsAlone,
  ...{ scale: 0.4, aspect: 0.15, rotation: 22.5, shift: 0.2 },
  ...{ brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.03 },
};
const strong: Augmentation = {
  ...light,
  ...{ scale: 0.6, aspect: 0.25, rotation: 45, shift: 0.25, elastic: 0.03 },
  ...{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.05, grey: 0.1 },
  ...{ blur: 1.5, noise: 0.05, jpeg: 60 },
};
/** Factors by the name of their set. */
const AUGMENTATIONS = { none: noAugmentation, flips: flipsAlone, light, strong };
/** Of what the network sees of plain images, beside the teacher. */
export const STRONG_VIEWS: Photometric = strong;
export type AugmentationName = keyof typeof AUGMENTATIONS;
const NAMES = Object.keys(AUGMENTATIONS) as readonly AugmentationName[];

const share = z.number().min(0).max(1).optional();
const probability = (what: string) =>
  setting(share, 'Augmentation', `Probability that an image ${what}. In every set 0.5`);

/** Each without a default: what is left out is as the set says. */
const factors = {
  flips: setting(
    z.enum(FLIPS).optional(),
    'Augmentation',
    'Flip images at random. horizontal exchanges left and right only, both also above and below, all also turns square images by quarters',
  ),
  scale: setting(
    z.number().min(0).max(2).optional(),
    'Augmentation',
    'Scale images at random, by a factor within exp(±n)',
  ),
  aspect: setting(
    z.number().min(0).max(1).optional(),
    'Augmentation',
    'Stretch images at random, their width by a factor within exp(±n) and their height by its inverse',
  ),
  rotation: setting(
    z.number().min(0).max(180).optional(),
    'Augmentation',
    'Rotate images at random, within ±n degrees',
    { placeholder: 'degrees' },
  ),
  shift: setting(share, 'Augmentation', 'Shift images at random, within ±n of their width and height'),
  elastic: setting(
    z.number().min(0).max(0.2).optional(),
    'Augmentation',
    'Deform images smoothly at random: deviation of the displacements, as a share of width and height',
  ),
  brightness: setting(share, 'Augmentation', 'Change the brightness at random, by a factor within 1 ± n'),
  contrast: setting(share, 'Augmentation', 'Change the contrast at random, by a factor within 1 ± n'),
  saturation: setting(share, 'Augmentation', 'Change the saturation at random, by a factor within 1 ± n'),
  hue: setting(
    z.number().min(0).max(0.5).optional(),
    'Augmentation',
    'Shift the hue at random, within ± n turns',
  ),
  grey: setting(share, 'Augmentation', 'Probability that an image turns grey'),
  blur: setting(
    z.number().min(0).max(20).optional(),
    'Augmentation',
    "Blur images at random, by a Gaussian of a deviation up to n pixels of the network's input",
    { placeholder: 'px' },
  ),
  blurProbability: probability('is blurred'),
  noise: setting(
    share,
    'Augmentation',
    'Add normal noise at random, of a deviation up to n of the range from black to white',
  ),
  noiseProbability: probability('gets noise'),
  jpeg: setting(
    z.number().min(0).max(99).optional(),
    'Augmentation',
    'Add artefacts of JPEG at random, of a quality from 100 down to 100 - n',
  ),
  jpegProbability: probability('gets artefacts'),
};
const FACTORS = Object.keys(factors) as (keyof Augmentation)[];

/** What is changed at random of training images. */
export const augmentation = {
  augment: setting(
    z.union([z.enum(NAMES), z.boolean()]).default('flips'),
    'Augmentation',
    'How training images are changed at random: none, flips (flips and quarter turns), light (also scale, aspect, rotation, shift and colours) or strong (more of it, elastic, grey, blur, noise and JPEG). The settings below override single factors',
    { placeholder: 'set' },
  ),
  ...factors,
};

/** Augmentation as it is written to `config.yaml`: the name of the set, and every factor. */
export type ResolvedAugmentation = { readonly augment: AugmentationName } & {
  readonly [K in keyof Augmentation]: Augmentation[K];
};
type Given = Partial<Augmentation> & { readonly augment?: AugmentationName | boolean };

const nameOf = (augment: AugmentationName | boolean = true): AugmentationName =>
  typeof augment === 'string' ? augment : augment ? 'flips' : 'none';

/** The set that is named, with the factors that are given. */
export function resolveAugmentation(given: Given): ResolvedAugmentation {
  const augment = nameOf(given.augment);
  const own = FACTORS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  return { augment, ...AUGMENTATIONS[augment], ...(Object.fromEntries(own) as Partial<Augmentation>) };
}

/** The factors alone. */
export function augmentationOf(config: Augmentation): Augmentation {
  return Object.fromEntries(FACTORS.map((name) => [name, config[name]])) as unknown as Augmentation;
}

/**
 * Settings over others, such as an arm's over the study's. Where they name a set, factors that the others have as in their own
 * set go with it; those that were given, and differ from it, stay.
 */
export function laidOver<Base extends object, Over extends object>(base: Base, over: Over): Base & Over {
  const [under, own]: [Given, Given] = [base, over];
  const fromSet = AUGMENTATIONS[nameOf(under.augment)];
  const dropped = own.augment === undefined ? [] : FACTORS.filter((name) => under[name] === fromSet[name]);
  const kept = Object.entries(base).filter(([name]) => !(dropped as readonly string[]).includes(name));
  return { ...Object.fromEntries(kept), ...over } as Base & Over;
}
