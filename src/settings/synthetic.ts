import * as z from 'zod';
import { setting } from './setting.ts';
import { count, countOrText } from './shared.ts';

const MOST_IMAGES = 1_000_000;

/** What a synthetic data set is made of. */
export const syntheticSchema = z.strictObject({
  count: setting(count(1).max(MOST_IMAGES).default(200), 'Data', 'How many images, all together'),
  labelled: setting(
    count(0).optional(),
    'Data',
    'Images with masks to train on. They follow the test images (default: 40, or all of fewer)',
  ),
  test: setting(
    count(0).optional(),
    'Data',
    'Images with masks to test on. They are the first (default: 40, or what is left of fewer)',
  ),
  size: setting(countOrText.default(128), 'Data', 'Size of the images: N or HxW', { placeholder: 'px' }),
  seed: setting(count(0).default(0), 'Data', 'Seed of all images'),
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
