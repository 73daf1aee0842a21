import * as z from 'zod';
import { CHOICE_NAMES } from './choices.ts';
import { QUESTION_NAMES } from './questions.ts';

// What the page and its server tell each other.

/** A class of pixels, by its label in a map. */
const classSchema = z.object({ name: z.string(), colour: z.string() });

/** Why a mask cannot be changed on the page. */
export const READ_ONLY = {
  annotations:
    'its masks are annotations of another tool; to change them here convert the folder first: npx fewmask data convert',
  page: 'its mask is a page of a file; to change it here make a file of each page',
} as const;

/** The data folder that is served. */
export const datasetSchema = z.object({
  /** Its name, no path. */
  name: z.string(),
  /** By label: the first is the background, where there is one. */
  classes: z.array(classSchema),
  /** Whether classes may overlap: then each has a plane of its own. */
  multilabel: z.boolean(),
  /** Whether the label 255, unknown, can be saved. */
  unknown: z.boolean(),
  images: z.array(
    z.object({
      stem: z.string(),
      masked: z.boolean(),
      /** Why its mask cannot be changed here; absent where it can. */
      readOnly: z.enum(['annotations', 'page']).optional(),
    }),
  ),
});
export type DatasetView = z.output<typeof datasetSchema>;

/** Beside the labels of a mask, which are bytes [planes, height, width]. */
export const MASK_HEADERS = { width: 'x-width', height: 'x-height', planes: 'x-planes' } as const;

/**
 * Beside an image: whether its values have more than 8 bits, so that its contrast can be chosen. Beside its stored values, 16-bit
 * little-endian numbers [height, width, channels]: which values 0 and 65535 stand for, and which are black and white by the folder's rule.
 */
export const IMAGE_HEADERS = {
  ...{ deep: 'x-deep', width: 'x-width', height: 'x-height', channels: 'x-channels' },
  ...{ low: 'x-low', high: 'x-high', black: 'x-black', white: 'x-white' },
} as const;

/** The version of a mask that is not there yet. */
export const NO_MASK = 'none';

/** Of an error. */
export const problemSchema = z.object({ problem: z.string() });

/** After a mask was saved: its version now. */
export const savedSchema = z.object({ version: z.string() });

/** So many pixels may an image have that is painted, 16,384 x 16,384: a larger canvas of Chromium stays empty without an error. */
export const MOST_PIXELS = 2 ** 28;

/** So large may its mask be, in bytes: 7,000 x 7,000 pixels of ten planes. */
export const MOST_MASK_BYTES = 500_000_000;

/** A training as the page lists it. */
export const runSchema = z.object({
  name: z.string(),
  state: z.enum(['queued', 'running', 'stopped', 'failed', 'done']),
  /** Of a choice that was made on the page. */
  masks: z.number().optional(),
  step: z.number().optional(),
  steps: z.number().optional(),
  /** While it runs, in seconds. */
  left: z.number().optional(),
  loss: z.number().optional(),
  /** Best of validation, and mean of the test images, where there are any; 0..1. */
  validation: z.number().optional(),
  test: z.number().optional(),
  /** While it runs: the step after which its state was saved last, of which there are pictures. */
  saved: z.number().optional(),
  /** What it is at, or what went wrong. */
  note: z.string().optional(),
  /** Whether there is a report. */
  reported: z.boolean(),
});
export type RunView = z.output<typeof runSchema>;
export const runsSchema = z.array(runSchema);

/** How a training is started. */
export const startSchema = z.strictObject({
  choice: z.enum(CHOICE_NAMES),
  /** Other settings, as `fewmask train` has them; none that are paths. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Whether an encoder may be downloaded. */
  download: z.boolean().default(false),
});
export type StartRequest = z.input<typeof startSchema>;

const curve = z.array(z.object({ at: z.number(), value: z.number() }));
/** Curves of a training: its loss by step, the Dice of its validation by epoch. */
export const curvesSchema = z.object({ loss: curve, validation: curve });
export type CurvesView = z.output<typeof curvesSchema>;

/** What the network of a training that goes on makes of some images; none before its state was saved. */
export const underWaySchema = z.object({
  step: z.number().optional(),
  part: z.enum(['validation', 'train']).optional(),
  pictures: z.array(z.object({ stem: z.string(), uri: z.string() })),
});
export type UnderWayView = z.output<typeof underWaySchema>;

/** How far a question about all images has come. */
export const questionSchema = z.object({
  name: z.enum(QUESTION_NAMES),
  state: z.enum(['open', 'waiting', 'running', 'done', 'failed']),
  /** The training whose network is or was asked. */
  run: z.string().optional(),
  /** What it is at, or what went wrong. */
  note: z.string().optional(),
  /** How often it was answered: where this has grown there is a new answer. */
  answers: z.number(),
});
export type QuestionView = z.output<typeof questionSchema>;
export const questionsSchema = z.array(questionSchema);

/** The answer to a question. */
export const answerSchema = z.object({
  /** About the whole folder. */
  told: z.array(z.string()),
  /** Images in the order of the answer, each with what is said of it. */
  images: z.array(z.object({ stem: z.string(), text: z.string() })),
});
export type AnswerView = z.output<typeof answerSchema>;
