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
    const found = await labellingOfFolder(await readDataFolder(config.data!), { multilabel: false });
    return found?.labelling;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What tells the pixels of the object from the others: any class but the background, else the first class. */
export function objectIn({ classes, multilabel }: Labelling): (label: number) => boolean {
  const known = (label: number) => label !== UNKNOWN;
  if (multilabel || classes[0].name === BACKGROUND) return (label) => known(label) && label > 0;
  return (label) => label === 0;
}
