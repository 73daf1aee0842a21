import * as z from 'zod';

// What the page and its server tell each other.

/** A class of pixels, by its label in a map. */
const classSchema = z.object({ name: z.string(), colour: z.string() });

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
  /** Why masks cannot be changed here; absent where they can. */
  readOnly: z.string().optional(),
  images: z.array(z.object({ stem: z.string(), masked: z.boolean() })),
});
export type DatasetView = z.output<typeof datasetSchema>;

/** Beside the labels of a mask, which are bytes [planes, height, width]. */
export const MASK_HEADERS = { width: 'x-width', height: 'x-height', planes: 'x-planes' } as const;

/** The version of a mask that is not there yet. */
export const NO_MASK = 'none';

/** Of an error. */
export const problemSchema = z.object({ problem: z.string() });
export type ProblemView = z.output<typeof problemSchema>;

/** After a mask was saved: its version now. */
export const savedSchema = z.object({ version: z.string() });
export type SavedView = z.output<typeof savedSchema>;

/** So large may a mask be that is sent, in bytes: 12,000 x 12,000 pixels of one plane. */
export const MOST_MASK_BYTES = 144_000_000;
