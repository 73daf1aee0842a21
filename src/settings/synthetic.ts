import * as z from 'zod';

const count = (least: number) => z.number().int().min(least);

/** What a synthetic data set is made of. Each description is also the help text of its flag. */
export const syntheticSchema = z.strictObject({
  count: count(1).default(200).describe('images, all together'),
  labelled: count(0)
    .optional()
    .describe('images with masks to train on, those after the test images (default: 40, or all of fewer)'),
  test: count(0)
    .optional()
    .describe('images with masks to test on, the first (default: 40, or what is left of fewer)'),
  size: z
    .union([count(1), z.string().min(1)])
    .default(128)
    .meta({ description: 'height and width of the images, N or HxW', placeholder: 'px' }),
  seed: count(0).default(0).describe('seed of all images'),
});

/** How many there are with masks of each kind if it is not said. */
const USUAL = 40;

/** Counts that fit together, where they were left open. */
export function countsOf({ count, labelled, test }: z.output<typeof syntheticSchema>) {
  const training = labelled ?? Math.min(USUAL, Math.max(0, count - (test ?? 0)));
  return { count, labelled: training, test: test ?? Math.min(USUAL, Math.max(0, count - training)) };
}

/** What callers give: everything may be left out. */
export type SyntheticOptions = z.input<typeof syntheticSchema>;
