import { UserError } from '../core/errors.ts';
import { readDataFolder } from '../data/folders/folder.node.ts';
import { BACKGROUND, type Labelling, UNKNOWN } from '../data/masks/labelling.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import type { OpenedRun } from '../runs/open-run.node.ts';
import { labellingOf } from '../settings/masks.ts';

/** What masks mean to a run; of a pretraining what is found in them, nothing where that would be a guess. */
export async function labellingOfRun({ config }: OpenedRun): Promise<Labelling | undefined> {
  if (config.kind === 'train') return labellingOf(config);
  try {
    const found = await labellingOfFolder(await readDataFolder(config.data!, config), { multilabel: false });
    return found?.labelling;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What tells the pixels of an object from the others in a mask. */
interface ObjectIn {
  /** Of classes that overlap, in which plane. */
  readonly plane: number;
  isObject(label: number): boolean;
}

/** @param ofClass the class that is meant; default any but the background, else the first */
export function objectIn({ classes, multilabel }: Labelling, ofClass?: string): ObjectIn {
  const place = classes.findIndex(({ name }) => name === ofClass);
  if (multilabel) return { plane: Math.max(0, place), isObject: (label) => label === 1 };
  if (place >= 0) return { plane: 0, isObject: (label) => label === place };
  if (classes[0].name !== BACKGROUND) return { plane: 0, isObject: (label) => label === 0 };
  return { plane: 0, isObject: (label) => label > 0 && label !== UNKNOWN };
}
