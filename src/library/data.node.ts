import { type Listener, progressOf } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import { checkData as checkFolders, type DataCheck } from '../data/check/check.node.ts';
import { type EncoderList, listEncoders } from '../encoders/list.node.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import { expectGrouping } from '../settings/resolve.node.ts';
import { countsOf, type SyntheticOptions, syntheticSchema } from '../settings/synthetic.ts';
import { type CheckOptions, checkSchema, type EncodersOptions, encodersSchema } from '../settings/tools.ts';
import { type SyntheticSummary, writeSyntheticData } from '../synthetic/write.node.ts';

/** Where synthetic images go. */
export interface SyntheticPlace extends Listener {
  /** The folder to write: new or empty, or with `overwrite` an earlier synthetic set. */
  readonly out: string;
  readonly overwrite?: boolean;
}

/**
 * Writes a data folder of synthetic endoscopy images with lesions and masks, to try things out without data.
 *
 * @returns what was written; the folder's `synthetic.json` says the same
 * @throws UserError for numbers that do not fit together, or a folder that holds anything else
 */
export async function synthesise(
  options: SyntheticOptions,
  { onEvent, ...output }: SyntheticPlace,
): Promise<SyntheticSummary> {
  const settings = parseSettings(syntheticSchema, options);
  const { size, seed } = settings;
  const place = parseSettings(outputSchema.pick({ out: true, overwrite: true }), output);
  const onImage = progressOf({ onEvent }, 'drawing images');
  return writeSyntheticData({ ...countsOf(settings), seed, size: parseSize(size), ...place, onImage });
}

/**
 * Reads every file of a data folder, or of a folder of plain images, and says what is in it and what is wrong.
 *
 * @throws UserError if it is no such folder, is named twice, or its lists name what is not there; for groups that do not fit the images
 */
export async function checkData(options: CheckOptions, listener: Listener = {}): Promise<DataCheck> {
  const { folder, ...others } = parseSettings(checkSchema, options);
  expectGrouping(others);
  return checkFolders(folder, { ...others, onProgress: progressOf(listener, 'reading images') });
}

/**
 * The encoders that are known by name: those to fetch, each cached file checked, and those that are made.
 *
 * @param options.fetch fetches first what is absent or damaged
 * @throws UserError if something cannot be fetched
 */
export async function encoders(options: EncodersOptions = {}, listener: Listener = {}): Promise<EncoderList> {
  return listEncoders({ ...parseSettings(encodersSchema, options), ...listener });
}
