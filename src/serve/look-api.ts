import * as z from 'zod';
import { runSchema } from './api.ts';

// What the page and its server tell each other of finished networks: their scores, image by image.

/** A training or a study in the table of both. */
export const resultSchema = z.object({
  kind: z.enum(['run', 'study']),
  name: z.string(),
  state: runSchema.shape.state,
  /** How many masks were used; of a study its budgets. */
  masks: z.string().optional(),
  /** Best Dice of validation, 0..1. */
  validation: z.number().optional(),
  /** Mean Dice of the test images, 0..1; of a study one of each arm and budget. */
  tests: z.array(z.number()),
  /** When its last result was written, in ms since 1970. */
  date: z.number().optional(),
  reported: z.boolean(),
});
export type ResultView = z.output<typeof resultSchema>;
export const resultsSchema = z.array(resultSchema);

/** What an image with a mask was to a network: `none` if it is not among those that the network has seen or was tested on. */
const USE_NAMES = ['test', 'validation', 'train', 'plain', 'none'] as const;
export type UseName = (typeof USE_NAMES)[number];

/** What is known of a prediction. All scores are 0..1, at the mask's own size; of several classes means of those in the image. */
export const numbersSchema = z.object({
  dice: z.number().optional(),
  iou: z.number().optional(),
  precision: z.number().optional(),
  recall: z.number().optional(),
  /** Of several classes: the Dice of each that is in the image, or predicted there. */
  classes: z.array(z.object({ name: z.string(), dice: z.number() })).optional(),
  /** What is expected of the Dice, and what it is at least, with a probability of 95 %. */
  expected: z.number().optional(),
  bound: z.number().optional(),
  /** Whether the image is unlike those of the training: then there is no bound. */
  unlike: z.boolean().optional(),
  /** Why there is no score. */
  problem: z.string().optional(),
});
export type Numbers = z.output<typeof numbersSchema>;

const lookedImage = z.object({
  stem: z.string(),
  masked: z.boolean(),
  use: z.enum(USE_NAMES),
  /** As far as they are known already. */
  numbers: numbersSchema.optional(),
  /** The Dice of a network that was trained without this mask, where `fewmask expect` was run. */
  heldOut: z.number().optional(),
});
export type LookedImage = z.output<typeof lookedImage>;

/** A run's images. */
export const lookSchema = z.object({
  name: z.string(),
  /** Over how many views of an image it predicts here, and over how many it was tested. */
  views: z.number(),
  tested: z.number(),
  /** Whether it can be said what to expect of masks without truth. */
  expects: z.boolean(),
  images: z.array(lookedImage),
});
export type LookView = z.output<typeof lookSchema>;
