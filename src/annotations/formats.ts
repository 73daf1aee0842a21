import { UserError } from '../core/errors.ts';
import type { Format, FormatName } from './format.ts';
import { coco } from './formats/coco.ts';
import { cvat } from './formats/cvat.ts';
import { folder } from './formats/folder.ts';
import { geojson } from './formats/geojson.ts';
import { labelStudio } from './formats/label-studio.ts';
import { labelme } from './formats/labelme.ts';
import { voc } from './formats/voc.ts';
import { yolo } from './formats/yolo.ts';
import type { Source } from './source.ts';

/** All formats, by name. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  folder,
  coco,
  yolo,
  labelme,
  voc,
  cvat,
  labelstudio: labelStudio,
  geojson,
};

/** A format, and a file that says so. */
export interface Recognised {
  readonly format: Format;
  readonly what: string;
}

/** The formats of what is there. */
export async function formatsIn(source: Source): Promise<Recognised[]> {
  const found: Recognised[] = [];
  for (const format of Object.values(FORMATS)) {
    const what = await format.recognise(source);
    if (what !== undefined) found.push({ format, what });
  }
  return found;
}

/**
 * The format of what is there.
 *
 * @throws UserError if none fits, or several do
 */
export async function formatOf(source: Source): Promise<Format> {
  const found = await formatsIn(source);
  if (found.length > 1) throw severalFormats(source, found, '--from');
  if (found.length === 1) return found[0].format;
  throw new UserError({
    what: source.name,
    got: 'nothing that looks like annotations of images',
    expected: `files of one of ${Object.keys(FORMATS).join(', ')}`,
    fix: 'check the path; --from NAME says what it is',
  });
}

/** @param flag what says which is meant */
export function severalFormats({ name }: Source, found: readonly Recognised[], flag: string): UserError {
  return new UserError({
    what: name,
    got: found.map(({ format, what }) => `${format.name} (${what})`).join(' and '),
    expected: 'one format',
    fix: `say which is meant: ${flag} ${found[0].format.name}`,
  });
}
