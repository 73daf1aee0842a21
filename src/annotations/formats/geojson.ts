import * as z from 'zod';
import { isImage } from '../../core/image-endings.ts';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  labelsOf,
  numbered,
  type Part,
  type SetClass,
  UNKNOWN_LABEL,
} from '../annotated-set.ts';
import { fitted, withJoinedGroups } from '../fit.ts';
import type { Format, Holds, WriteOptions } from '../format.ts';
import { filesOfKind, recogniseJson } from '../json-files.ts';
import { hexOf, rgbOf } from '../png.ts';
import { checked, damaged, parseJson, pointsOf, Tally } from '../reading.ts';
import { ambiguousImage } from '../settle.ts';
import { baseOf, folderOf, Images, type Source, stemOf, type WrittenFile } from '../source.ts';

const holds: Holds = {
  pixels: 'none',
  holes: true,
  parts: 'own',
  groups: 'joined',
  objects: true,
  crowd: false,
  ids: true,
  scores: false,
  colours: true,
  numbers: 'place',
  splits: false,
  unseen: true,
  unknown: 'own',
};

/** QuPath ignores the area of a class whose name ends so. */
const IGNORED = 'Ignore*';
/** QuPath's word for what has no class. */
const UNCLASSIFIED = 'Unclassified';
const CLASSES = 'classes.json';

const feature = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  geometry: z.looseObject({ type: z.string(), coordinates: z.unknown().optional() }).nullish(),
  properties: z
    .looseObject({
      classification: z
        .looseObject({
          name: z.string().nullish(),
          /** Of a class of a class, such as positive cells of a tumour. */
          names: z.array(z.string()).optional(),
          color: z.array(z.int().min(0).max(255)).min(3).optional().catch(undefined),
          colorRGB: z.int().optional(),
        })
        .nullish(),
    })
    .nullish(),
});
type Feature = z.output<typeof feature>;

/** QuPath's GeoJSON: a file for each image, with its name. */
export const geojson: Format = {
  name: 'geojson',
  title: 'GeoJSON',
  holds,
  recognise: (source) => recogniseJson(source, 'geojson'),
  read,
  imagePath: ({ file }) => file,
  write,
};

async function read(source: Source): Promise<AnnotatedSet> {
  const tally = new Tally();
  const files = new Images(source, ambiguousImage(source));
  const colours = new Map<string, string>();
  const images: AnnotatedImage[] = [];
  for await (const { file, value } of filesOfKind(source, 'geojson')) {
    const place = `${source.name}/${file}`;
    const stem = baseOf(file).replace(/\.(geo)?json$/i, '');
    // QuPath adds its own ending to the name of the image, or to its stem.
    const path = files.withStem(stem, file) ?? files.find(stem, file);
    const features = featuresIn(value, place);
    const all = features.flatMap((each, i) => objectOf(each, `${place}, feature ${i + 1}`, colours, tally));
    const objects = tally.seen(all, features.length);
    const image = { file: path ?? stem, teller: file, ...(objects && { objects }) };
    images.push(path === undefined ? image : { ...image, path });
  }
  const seen = new Set(images.map(({ path }) => path));
  const unseen =
    source.only === undefined ? source.files.filter((path) => isImage(path) && !seen.has(path)) : [];
  const names = [...(await listedNames(source)), ...labelsOf(images)];
  return {
    classes: numbered(names, colours),
    images: [...images, ...unseen.map((path) => ({ file: path, path }))],
    notes: tally.notes(),
  };
}

/** The classes that were written beside; not all need occur. */
async function listedNames(source: Source): Promise<string[]> {
  if (source.only !== undefined || !source.files.includes(CLASSES)) return [];
  const list = z.looseObject({ pathClasses: z.array(z.looseObject({ name: z.string() })) });
  const found = list.safeParse(parseJson(await source.text(CLASSES), `${source.name}/${CLASSES}`));
  return found.success
    ? found.data.pathClasses.map(({ name }) => name).filter((name) => name !== IGNORED)
    : [];
}

function featuresIn(value: unknown, place: string): Feature[] {
  if (Array.isArray(value)) return checked(z.array(feature), value, place);
  if ((value as { type: unknown }).type === 'Feature') return [checked(feature, value, place)];
  return checked(z.looseObject({ features: z.array(feature) }), value, place).features;
}

function objectOf(
  { id, geometry, properties }: Feature,
  place: string,
  colours: Map<string, string>,
  tally: Tally,
): AnnotatedObject[] {
  const { color, colorRGB, names, ...classification } = properties?.classification ?? {};
  const name = names?.join(': ') ?? classification.name ?? undefined;
  if (geometry?.type !== 'Polygon' && geometry?.type !== 'MultiPolygon') {
    const of = geometry ? `of type "${geometry.type}"` : 'without geometry';
    tally.add(`{feature|features} ${of}, which {has|have} no area: left out`);
    return [];
  }
  const coordinates = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const parts = listOf(coordinates, place)
    .map((part) => partOf(part, place, tally))
    .filter((part) => part.length > 0);
  if (parts.length === 0) return [];
  if (name === undefined) tally.add(`{object has|objects have} no class: called "${UNCLASSIFIED}"`);
  const rgb =
    color ??
    (colorRGB === undefined ? undefined : [(colorRGB >> 16) & 255, (colorRGB >> 8) & 255, colorRGB & 255]);
  if (name !== undefined && rgb) colours.set(name, hexOf(rgb.slice(0, 3)));
  const label = name?.endsWith('*') ? UNKNOWN_LABEL : (name ?? UNCLASSIFIED);
  return [{ label, shape: { parts }, ...(id !== undefined && { id: String(id) }) }];
}

function listOf(value: unknown, place: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw damaged(`${place}, coordinates`, JSON.stringify(value) ?? 'nothing', 'lists of rings of points');
}

/** Rings end with their first point, which is left out here. */
function partOf(rings: unknown, place: string, tally: Tally): Part {
  return listOf(rings, place).flatMap((points, i) => {
    const ring = pointsOf(listOf(points, place), `${place}, ring ${i + 1}`);
    const [first, last] = [ring[0], ring[ring.length - 1]];
    const closed = ring.length > 1 && first[0] === last[0] && first[1] === last[1];
    const open = tally.ring(closed ? ring.slice(0, -1) : ring);
    return open ? [open] : [];
  });
}

function* write(set: AnnotatedSet, options: WriteOptions): Generator<WrittenFile> {
  const classes = new Map(set.classes.map((each) => [each.name, classificationOf(each)]));
  yield { path: CLASSES, content: `${JSON.stringify({ pathClasses: [...classes.values()] }, null, 2)}\n` };
  classes.set(UNKNOWN_LABEL, { name: IGNORED });
  for (const image of set.images) {
    if (!image.objects) continue;
    const features = withJoinedGroups(image).flatMap(({ label, shape, id }) => {
      const fit = fitted(shape, holds, options);
      if ('bitmap' in fit || fit.parts.length === 0) return [];
      const polygons = fit.parts.map((part) => part.map((ring) => [...ring, ring[0]]));
      const geometry =
        polygons.length === 1
          ? { type: 'Polygon', coordinates: polygons[0] }
          : { type: 'MultiPolygon', coordinates: polygons };
      const properties = { objectType: 'annotation', classification: classes.get(label) };
      return [{ type: 'Feature', ...(id !== undefined && { id }), geometry, properties }];
    });
    const content = `${JSON.stringify({ type: 'FeatureCollection', features })}\n`;
    yield { path: `${folderOf(image.file)}${stemOf(image.file)}.geojson`, content };
  }
}

function classificationOf({ name, colour }: SetClass): { name: string; color?: number[] } {
  return { name, ...(colour !== undefined && { color: rgbOf(colour) }) };
}
