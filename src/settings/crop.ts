import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { FITS } from '../data/decode/fit.ts';
import type { CropPlan } from '../data/loading/crop.ts';
import { setting } from './setting.ts';

/** Whole images, or training on pieces of them. Absent settings are not written down: then whole images are stretched. */
export const pieces = {
  fit: setting(
    z.enum(FITS).optional(),
    'Data',
    "How images come into the network's size. stretch gives them its aspect ratio. pad keeps their own, with a border that counts in no loss and no score (default: stretch)",
    { ofStudy: true },
  ),
  crop: setting(
    z.boolean().optional(),
    'Data',
    "Train on random pieces of the images at their own scale, as large as the network's input, in place of whole images made smaller. Validation, tests and predictions then go tile by tile",
    { ofStudy: true },
  ),
  cropScale: setting(
    z.number().positive().optional(),
    'Data',
    'With --crop: resize images by this factor first, 0.5 to half their size (default: 1)',
    { placeholder: 'n', ofStudy: true },
  ),
};

/** The same with masks. */
export const cropSettings = {
  ...pieces,
  cropObjects: setting(
    z.number().min(0).max(1).optional(),
    'Data',
    'With --crop: this share of the pieces is drawn around objects of the masks, the others anywhere (default: 0.5)',
    { placeholder: 'share', ofStudy: true },
  ),
};
export type CropSettings = z.output<z.ZodObject<typeof cropSettings>>;

/** Both have a value where there are crops, and none has elsewhere. */
export function settledCrop({ crop, cropScale, cropObjects, fit }: CropSettings): CropSettings {
  if (crop && fit === 'pad') {
    throw new UserError({
      what: 'fit',
      got: 'pad with --crop',
      expected: 'one of them: pieces of images keep their aspect ratio',
      fix: 'leave out --fit',
    });
  }
  if (crop) return { crop, cropScale: cropScale ?? 1, cropObjects: cropObjects ?? 0.5 };
  for (const [what, value] of Object.entries({ cropScale, cropObjects })) {
    if (value === undefined) continue;
    throw new UserError({
      what,
      got: `${value} without --crop`,
      expected: '--crop, for which it is',
      fix: 'leave it out, or give --crop',
    });
  }
  return {};
}

/** The same without masks: there are no objects to draw around. */
export function settledPieces(given: Omit<CropSettings, 'cropObjects'>): Omit<CropSettings, 'cropObjects'> {
  const { cropObjects: _, ...settled } = settledCrop(given);
  return settled;
}

/** Undefined where whole images are resized. */
export function cropPlanOf({ crop, cropScale = 1, cropObjects = 0 }: CropSettings): CropPlan | undefined {
  return crop ? { scale: cropScale, objects: cropObjects } : undefined;
}
