import { parseJson } from './reading.ts';
import { annotationFiles, type Source } from './source.ts';

/** What a JSON file holds, by its own structure. */
export type JsonKind = 'coco' | 'coco results' | 'labelme' | 'labelstudio' | 'geojson';

/** So many files are looked at to find out what a folder holds. */
const MOST_LOOKED_AT = 20;

/** The file that was read last: it is looked at first, and read then. */
const last = new WeakMap<Source, { readonly file: string; readonly value: unknown }>();

async function readJson(source: Source, file: string): Promise<unknown> {
  const known = last.get(source);
  if (known?.file === file) return known.value;
  const value = parseJson(await source.text(file), `${source.name}/${file}`);
  last.set(source, { file, value });
  return value;
}

/** What files are, so that none is parsed once more to find that out. */
const kinds = new WeakMap<Source, Map<string, JsonKind | undefined>>();

async function kindIn(source: Source, file: string): Promise<JsonKind | undefined> {
  const known = kinds.get(source) ?? new Map<string, JsonKind | undefined>();
  kinds.set(source, known);
  if (!known.has(file)) known.set(file, kindOf(await readJson(source, file), file));
  return known.get(file);
}

const jsonFiles = (source: Source) => annotationFiles(source, /\.(geo)?json$/i);

/** The files of some kinds, one after the other. */
export async function* filesOfKind(
  source: Source,
  ...wanted: readonly JsonKind[]
): AsyncGenerator<{ readonly file: string; readonly value: unknown; readonly kind: JsonKind }> {
  for (const file of jsonFiles(source)) {
    const kind = await kindIn(source, file);
    if (kind && wanted.includes(kind)) yield { file, value: await readJson(source, file), kind };
  }
}

/** Names a file of one of some kinds, if the first few have one. */
export async function recogniseJson(
  source: Source,
  ...wanted: readonly JsonKind[]
): Promise<string | undefined> {
  for (const file of jsonFiles(source).slice(0, MOST_LOOKED_AT)) {
    const kind = await kindIn(source, file);
    if (kind && wanted.includes(kind)) return file;
  }
  return undefined;
}

/** @param file an empty list is what QuPath writes of an image in which nothing is marked */
function kindOf(value: unknown, file: string): JsonKind | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return /\.geojson$/i.test(file) ? 'geojson' : undefined;
    return value
      .slice(0, MOST_LOOKED_AT)
      .map(kindOfItem)
      .find((kind) => kind !== undefined);
  }
  if (has(value, 'shapes') && !has(value, 'annotations')) return 'labelme';
  const annotations = field(value, 'annotations');
  if (Array.isArray(field(value, 'images')) && Array.isArray(annotations))
    // Captions of images are annotations, too.
    return has(annotations[0], 'caption') ? undefined : 'coco';
  if (['FeatureCollection', 'Feature'].includes(String(field(value, 'type')))) return 'geojson';
  return undefined;
}

/** What a list is by one of its items. */
function kindOfItem(item: unknown): JsonKind | undefined {
  if (has(item, 'image_id', 'segmentation')) return 'coco results';
  if (has(item, 'geometry')) return 'geojson';
  const tasks = ['annotations', 'completions', 'predictions', 'result'];
  return tasks.some((key) => Array.isArray(field(item, key))) ? 'labelstudio' : undefined;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const has = (value: unknown, ...keys: readonly string[]) =>
  keys.every((key) => field(value, key) !== undefined);
