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

/**
 * The format of what is there.
 *
 * @throws UserError if none fits, or several do
 */
export async function formatOf(source: Source): Promise<Format> {
  const found: { readonly format: Format; readonly what: string }[] = [];
  for (const format of Object.values(FORMATS)) {
    const what = await format.recognise(source);
    if (what !== undefined) found.push({ format, what });
  }
  if (found.length === 1) return found[0].format;
  const names = Object.keys(FORMATS).join(', ');
  const got = found.map(({ format, what }) => `${format.name} (${what})`).join(' and ');
  throw new UserError({
    what: source.name,
    got: got || 'nothing that looks like annotations of images',
    expected: found.length > 1 ? 'one format' : `files of one of ${names}`,
    fix:
      found.length > 1
        ? `say which is meant: --from ${found[0].format.name}`
        : 'check the path; --from NAME says what it is',
  });
}
