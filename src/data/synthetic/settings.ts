import * as z from 'zod';

const count = (least: number) => z.number().int().min(least);

/** What a synthetic data set is made of. Each description is also the help text of its flag. */
export const syntheticSchema = z.strictObject({
  count: count(1).default(200).describe('images, all together'),
  labelled: count(0).default(40).describe('images with masks to train on: those after the test images'),
  test: count(0).default(40).describe('images with masks to test on: the first'),
  size: z
    .union([count(1), z.string().min(1)])
    .default(128)
    .meta({ description: 'height and width of the images, N or HxW', placeholder: 'px' }),
  seed: count(0).default(0).describe('seed of all images'),
});

/** What callers give: everything may be left out. */
export type SyntheticOptions = z.input<typeof syntheticSchema>;
