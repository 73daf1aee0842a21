import { UserError } from '../../core/errors.ts';
import type { DataFolder } from '../folders/folder.node.ts';
import type { GivenLabelling } from '../masks/decide.ts';
import type { Labelling } from '../masks/labelling.ts';
import { labellingOfFolder } from '../masks/survey.node.ts';

/** What is known of the masks of a folder before they are read one by one. */
export interface MaskMeaning {
  /** Undefined if there are none, or where it would be a guess. */
  readonly labelling?: Labelling;
  /** In one line. */
  readonly told?: string;
  readonly problems: readonly string[];
}

/** What the masks of a folder mean, or why that cannot be said. @param onFile after each mask; what it throws ends it */
export async function meaningOf(
  data: DataFolder,
  given: GivenLabelling & { readonly multilabel: boolean },
  onFile?: () => void,
): Promise<MaskMeaning> {
  try {
    const found = await labellingOfFolder(data, given, onFile);
    return found
      ? { labelling: found.labelling, told: found.told, problems: found.warnings }
      : { problems: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: [error.message] };
  }
}
