import * as z from 'zod';
import { type Kept, measured } from './format.ts';

const text = z.string();
export const modelCard = z.object({
  name: text,
  /** Of the program and the machine. */
  versions: z.record(text, text),
  task: z.object({ classes: z.array(text), overlapping: z.boolean(), pixels_per_image: text }),
  data: z.object({
    ...{ folder: text, licence: text, train: z.number(), validation: z.number(), test: z.number() },
    ...{ plain: z.number(), groups: z.number(), splits_sha256: text },
  }),
  network: z.object({
    ...{ encoder: text, encoder_sha256: text, encoder_licence: text, encoder_trained: z.boolean() },
    ...{ decoder: text, weights: z.enum(['best', 'last']), weights_sha256: text },
  }),
  training: z.object({
    ...{ recipe: text, seed: z.number(), steps: z.number(), epochs: z.number(), seconds: z.number() },
    ...{ pretrained: z.boolean(), command: text },
  }),
  /** Absent where nothing was tested. */
  test: z
    .object({
      images: z.number(),
      /** The images, or groups of them, over which intervals are. */
      units: z.number(),
      scores: z.array(
        z.object({
          ...{ metric: text, title: text, images: z.number(), mean: measured },
          ci95: z.array(z.number()).optional(),
        }),
      ),
      below_half: z.number(),
      worst: z.array(z.object({ stem: text, dice: z.number() })),
    })
    .optional(),
  baselines: z.record(text, z.number()).optional(),
  /** Where it was found out: the part of the images that is seen to score worse than the others, if there is one. */
  subgroups: z
    .object({
      compared: z.number(),
      worst: z
        .object({ metric: text, division: text, name: text, images: z.number() })
        .extend({ mean: measured, difference: measured, low: measured, high: measured })
        .optional(),
    })
    .optional(),
  /** Of a run of a study: how the same training came out with all seeds, and what was found of its arm. */
  study: z
    .object({
      ...{ arm: text, labels: text, median_seed: z.number(), found: z.array(text) },
      seeds: z.array(z.object({ seed: z.number(), dice: measured })),
    })
    .optional(),
  /** What was found out of masks without truth. */
  expected: z.object({ masks_held_out: z.number(), folds: z.number(), test_images: z.number() }).optional(),
});
/** What is to be known of a run's network by whoever uses it. */
export type ModelCard = Kept<typeof modelCard>;
