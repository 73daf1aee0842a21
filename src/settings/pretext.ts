import * as z from 'zod';
import { DENOISE_TARGETS } from '../data/pretexts/denoise.ts';
import { PRETEXT_NAMES } from '../data/pretexts/index.ts';
import { MASK_FILLS, MASK_LOSSES } from '../data/pretexts/mask.ts';
import { setting } from './setting.ts';
import { count, text } from './shared.ts';

export const noise = {
  sigma: setting(
    z.number().positive().default(0.44),
    'Pretext task',
    'For denoise: standard deviation of the noise. Images are in [-1, 1]',
    { degrades: true },
  ),
  correlation: setting(
    z.number().min(1).default(1),
    'Pretext task',
    'For denoise: correlation length of the noise. 1 is white noise',
    { placeholder: 'px', degrades: true },
  ),
};

/** What decides how tasks degrade an image, without what they ask for. */
export const degradation = {
  ...noise,
  maskPatch: setting(count(1).default(16), 'Pretext task', 'For mask: side of the hidden patches', {
    placeholder: 'px',
    degrades: true,
  }),
  maskRatio: setting(
    z.number().gt(0).lt(1).default(0.6),
    'Pretext task',
    'For mask: share of the patches that are hidden',
    { degrades: true },
  ),
  maskFill: setting(
    z.enum(MASK_FILLS).default('mean'),
    'Pretext task',
    "For mask: what fills the hidden patches. mean is the image's mean colour, zero is mid grey",
    { degrades: true },
  ),
  factor: setting(count(2).default(4), 'Pretext task', 'For superres: how many times smaller the input is', {
    degrades: true,
  }),
};

/** What decides a pretext task: which, and its settings; those of the others are not read. */
export const pretextSettings = {
  pretext: setting(
    text.default('identity'),
    'Pretext task',
    `What the autoencoder has to undo: ${PRETEXT_NAMES.join(', ')}. In a mixture such as denoise:2,mask:1 one task is drawn for each image`,
    { placeholder: 'name|mixture' },
  ),
  ...degradation,
  denoiseTarget: setting(
    z.enum(DENOISE_TARGETS).default('image'),
    'Pretext task',
    'For denoise: what the network has to output. noise is the added noise, divided by sigma',
  ),
  maskLoss: setting(
    z.enum(MASK_LOSSES).default('masked'),
    'Pretext task',
    'For mask: which pixels count in the loss',
  ),
};
export type PretextSettings = z.output<z.ZodObject<typeof pretextSettings>>;
