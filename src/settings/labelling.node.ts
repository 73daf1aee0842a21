import type * as z from 'zod';
import { inform, type Listener, progressOf, warn } from '../core/events.ts';
import { readText } from '../core/files.node.ts';
import { type FolderOptions, readDataFolder } from '../data/folders/folder.node.ts';
import { passedOverText } from '../data/folders/image-files.node.ts';
import { type ClassList, parseClasses, parseClassesFile } from '../data/masks/classes-file.node.ts';
import type { GivenLabelling } from '../data/masks/decide.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import { lossFor } from './mask-loss.ts';
import { isClassesFile, isSettled, labellingOf, type MaskSettings, parseIgnored } from './masks.ts';
import { inOrder } from './setting.ts';

/** Settings of what learns from masks. */
type OfMasks = MaskSettings & FolderOptions & { readonly data?: string; readonly loss: string };

/**
 * Settings with what their masks mean, found in all of them; told in a line. Nothing is read where it is settled already.
 *
 * @throws UserError where it would be a guess
 */
export async function withLabelling<T extends OfMasks>(
  schema: z.ZodObject,
  config: T,
  listener: Listener = {},
): Promise<T> {
  if (isSettled(config)) {
    // Some was given anew, in one of the ways in which it may be written.
    const loss = lossFor(labellingOf(config), config.loss);
    return { ...config, ignore: parseIgnored(config.ignore), loss };
  }
  if (!config.data) return config;
  const folder = await readDataFolder(config.data, config);
  const passedOver = passedOverText(folder.passedOver);
  if (passedOver) inform(listener, passedOver);
  const given = { ...(await givenLabelling(config)), multilabel: config.multilabel };
  const found = await labellingOfFolder(folder, given, progressOf(listener, 'reading images'));
  if (!found) return config;
  inform(listener, found.told);
  for (const warning of found.warnings) warn(listener, warning);
  const { labelling } = found;
  const loss = lossFor(labelling, config.loss);
  return inOrder(schema, { ...config, ...labelling, classes: [...labelling.classes], loss });
}

/** What settings say of masks. */
export async function givenLabelling({
  maskValues,
  classes,
  ignore,
}: Pick<MaskSettings, 'maskValues' | 'classes' | 'ignore'>): Promise<GivenLabelling> {
  const listed = classes === undefined ? undefined : await givenClasses(classes);
  const ignored = parseIgnored(ignore);
  return {
    ...(maskValues !== 'auto' && { maskValues }),
    ...(listed && { classes: listed.classes }),
    ignore: ignored.length > 0 ? ignored : listed?.ignore,
  };
}

async function givenClasses(classes: NonNullable<MaskSettings['classes']>): Promise<ClassList> {
  if (typeof classes !== 'string') return { classes };
  if (!isClassesFile(classes)) return { classes: parseClasses(classes) };
  return parseClassesFile(
    await readText(classes, 'a file of classes, or a list such as 1=polyp,2=tool'),
    classes,
  );
}
