import { type Conversion, convert } from '../annotations/convert.node.ts';
import type { FolderSource } from '../annotations/folder-source.node.ts';
import { type Listener, progressOf } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import { checkData as checkFolders, type DataCheck } from '../data/check/check.node.ts';
import { imageSize } from '../data/decode/size.node.ts';
import { readDataFolder } from '../data/folders/folder.node.ts';
import { maskPaths } from '../data/folders/mask-source.ts';
import type { GivenLabelling } from '../data/masks/decide.ts';
import { MOST_CLASSES } from '../data/masks/labelling.ts';
import { setOfFolder } from '../data/masks/set-of-folder.node.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import { type EncoderList, listEncoders } from '../encoders/list.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { givenLabelling } from '../settings/labelling.node.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import { channelsOf, givenIntensity } from '../settings/pixels.ts';
import { expectGrouping } from '../settings/resolve.node.ts';
import { countsOf, type SyntheticOptions, syntheticSchema } from '../settings/synthetic.ts';
import {
  type CheckOptions,
  type ConvertOptions,
  checkSchema,
  convertSchema,
  type EncodersOptions,
  encodersSchema,
} from '../settings/tools.ts';
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
  place: SyntheticPlace,
): Promise<SyntheticSummary> {
  const { onEvent, ...output } = place ?? ({} as SyntheticPlace);
  const settings = parseSettings(syntheticSchema, options);
  const { size, seed } = settings;
  const written = parseSettings(outputSchema.pick({ out: true, overwrite: true }), output);
  const onImage = progressOf({ onEvent }, 'drawing images');
  return writeSyntheticData({ ...countsOf(settings), seed, size: parseSize(size), ...written, onImage });
}

/**
 * Reads every file of a data folder, or of a folder of plain images, and says what is in it and what is wrong.
 *
 * @throws UserError if it is no such folder, is named twice, or its lists name what is not there; for groups that do not fit the images; the reason
 *   of `signal` once it ends the work
 */
export async function checkData(options: CheckOptions, context: RunContext = {}): Promise<DataCheck> {
  const { folder, workers, groups, groupPattern, intensity, channels, pages, ...others } = parseSettings(
    checkSchema,
    options,
  );
  const { also, size, dataFormat, maskSuffix, unmarked, ...masks } = others;
  expectGrouping({ groups, groupPattern });
  const given = { ...(await givenLabelling(masks)), multilabel: masks.multilabel };
  const said = { intensity, channels, pages };
  const pixels = { intensity: givenIntensity(said), channels: channelsOf(said) };
  const onProgress = progressOf(context, 'reading images');
  const { signal } = context;
  const ofFolder = { also, dataFormat, maskSuffix, unmarked, pages };
  const read = { ...ofFolder, workers, size: parseSize(size), given, pixels, onProgress, signal };
  return checkFolders(folder, { ...read, groups, groupPattern });
}

/**
 * Reads annotations of one tool and writes them for another, with their images: of fewmask's own folders, COCO, YOLO, LabelMe, PASCAL
 * VOC, CVAT, Label Studio and QuPath.
 *
 * @returns what was converted, what was passed over, and what the new format cannot hold
 * @throws UserError for annotations that cannot be read, with the file and the place; for a format that what is there does
 * not tell; and for files in the way
 */
export async function convertData(options: ConvertOptions, listener: Listener = {}): Promise<Conversion> {
  const onImage = progressOf(listener, 'converting images');
  const { maskValues, classes, ignore, maskSuffix, ...settings } = parseSettings(convertSchema, options);
  const given = await givenLabelling({ maskValues, classes, ignore });
  const folder = (source: FolderSource) => readFolderSet(source, given, maskSuffix);
  return convert({ ...settings, folder, sizeOf: imageSize, onImage });
}

async function readFolderSet(source: FolderSource, given: GivenLabelling, maskSuffix: string | undefined) {
  const folder = await readDataFolder(source.root, { dataFormat: 'folder', maskSuffix });
  // More than labels can tell apart.
  if ((folder.classes?.classes.length ?? 0) > MOST_CLASSES) return undefined;
  const multilabel = folder.classFolders !== undefined;
  const found = await labellingOfFolder(folder, { ...given, multilabel });
  const files = folder.samples.flatMap(({ mask }) => maskPaths(mask));
  const set = await setOfFolder(folder, found?.labelling, source);
  return { set: { ...set, notes: [...(found?.warnings ?? []), ...set.notes] }, files };
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
