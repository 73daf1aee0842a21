import { stringify } from 'yaml';
import * as z from 'zod';
import { isImage } from '../../core/image-endings.ts';
import {
  type AnnotatedImage,
  type AnnotatedSet,
  labelsOf,
  MOST_CLASSES,
  numbered,
  type SetClass,
} from '../annotated-set.ts';
import { type Format, type Holds, sizeOf, type WriteOptions } from '../format.ts';
import { objectsOfMask, rasteriseImage, rasterisePlanes, unknownIn } from '../label-map.ts';
import { folderName } from '../plain-names.ts';
import { paletteOf, readNumbers, writeNumbers } from '../png.ts';
import { checked, damaged, parseYaml, Tally } from '../reading.ts';
import { type Source, stemOf, type WrittenFile } from '../source.ts';
import { bySplit } from '../splits.ts';

const holds: Holds = {
  pixels: 'map',
  holes: true,
  parts: 'own',
  groups: 'none',
  objects: false,
  crowd: false,
  ids: false,
  scores: false,
  colours: true,
  numbers: 'own',
  splits: true,
  unseen: true,
  unknown: 'own',
};

const CLASSES = 'classes.yaml';
const SPLITS = ['train', 'val', 'test'];

/** fewmask's own: `images/`, `masks/` of class numbers, `classes.yaml`, and lists of the parts of the data. */
export const folder: Format = {
  name: 'folder',
  title: 'folder',
  holds,
  recognise: async ({ files, only }) =>
    only === undefined && files.some((path) => path.startsWith('images/') && isImage(path))
      ? files.find((path) => /^(masks|labels)\//.test(path) && isImage(path))
      : undefined,
  read,
  imagePath: ({ file }) => `images/${file}`,
  write,
};

const entry = z.looseObject({
  number: z.int().min(0).max(MOST_CLASSES),
  name: z.string(),
  colour: z
    .string()
    .regex(/^#[\da-f]{6}$/i)
    .optional(),
});
const listed = z.union([
  z.array(entry).transform((classes) => ({ classes })),
  z.looseObject({ classes: z.array(entry) }),
]);

/** What is of no class; objects that are called so take away what lies below them. */
const BACKGROUND = { number: 0, name: 'background', colour: '#000000' };

/** What masks in black and white show, if nothing names it. */
const OBJECT: SetClass = { number: 255, name: 'object' };

async function read(source: Source): Promise<AnnotatedSet> {
  const tally = new Tally();
  const names = await classesOf(source);
  const splits = await splitsOf(source);
  const masks = masksByName(source);
  const images: AnnotatedImage[] = [];
  for (const path of source.files.filter((each) => each.startsWith('images/') && isImage(each))) {
    const split = splits.get(stemOf(path));
    const image = { file: path.slice('images/'.length), path, ...(split !== undefined && { split }) };
    const own = masks.get(nameOf(path));
    masks.delete(nameOf(path));
    if (!own) {
      images.push(image);
      continue;
    }
    const maps = await Promise.all(own.map((mask) => readMap(mask, source, names)));
    images.push({ ...image, size: maps[0].size, objects: maps.flatMap(({ objects }) => objects) });
  }
  tally.add('{mask has|masks have} no image: left out', masks.size);
  // Without names, the number in the mask says nothing about the class.
  return { classes: names ?? numbered(labelsOf(images)), images, notes: tally.notes() };
}

/** A mask, and the class whose folder it lies in. */
interface MaskFile {
  readonly path: string;
  readonly folder?: string;
}

/** The objects of a mask: all pixels of a class are one. Without names masks are black and white. */
async function readMap(
  { path, folder: own }: MaskFile,
  source: Source,
  names: readonly SetClass[] | undefined,
) {
  const place = `${source.name}/${path}`;
  const map = readNumbers(await source.bytes(path), place);
  const known = names ?? [own === undefined ? OBJECT : { ...OBJECT, name: own }];
  const allowed = new Set([0, unknownIn(map.data), ...known.map(({ number }) => number)]);
  const wrong = map.data.find((value) => !allowed.has(value));
  if (wrong !== undefined)
    throw damaged(place, `the value ${wrong}`, 'the number of a class', `name all classes in ${CLASSES}`);
  const size = { width: map.width, height: map.height };
  return { size, objects: objectsOfMask(map, known, { apart: false, polygons: false }) };
}

/** The path below `images/` or `masks/`, without the ending. */
const nameOf = (path: string) =>
  path
    .replace(/^[^/]*\//, '')
    .replace(/\.[^./]*$/, '')
    .normalize('NFC');

/** The masks of images: one of the same name, or one in the folder of each class. */
function masksByName(source: Source): Map<string, MaskFile[]> {
  const names = new Set(
    source.files.filter((path) => path.startsWith('images/') && isImage(path)).map(nameOf),
  );
  const masks = new Map<string, MaskFile[]>();
  for (const path of source.files.filter((each) => each.startsWith('masks/') && isImage(each))) {
    const name = nameOf(path);
    const [folder, ...rest] = name.split('/');
    const ofClass = !names.has(name) && rest.length > 0;
    const key = ofClass ? rest.join('/') : name;
    masks.set(key, [...(masks.get(key) ?? []), ofClass ? { path, folder } : { path }]);
  }
  return masks;
}

async function classesOf(source: Source): Promise<SetClass[] | undefined> {
  if (!source.files.includes(CLASSES)) return undefined;
  const place = `${source.name}/${CLASSES}`;
  const { classes } = checked(listed, parseYaml(await source.text(CLASSES), place), place);
  return classes
    .filter(({ number }) => number > 0)
    .map(({ number, name, colour }) => ({ number, name, ...(colour !== undefined && { colour }) }));
}

async function splitsOf(source: Source): Promise<Map<string, string>> {
  const splits = new Map<string, string>();
  for (const split of SPLITS) {
    if (!source.files.includes(`${split}.txt`)) continue;
    const lines = (await source.text(`${split}.txt`)).split(/\r?\n/).map((line) => line.trim());
    for (const line of lines) if (line !== '') splits.set(stemOf(line), split);
  }
  return splits;
}

function* write(set: AnnotatedSet, { multilabel }: WriteOptions): Generator<WrittenFile> {
  const own = set.classes.filter(({ name }) => name !== BACKGROUND.name);
  const palette = paletteOf(own);
  const wide = own.some(({ number }) => number > 254);
  const classes = multilabel ? own : [BACKGROUND, ...own];
  yield { path: CLASSES, content: stringify({ classes, ignore: wide ? 65535 : 255 }) };
  for (const [split, images] of bySplit(set.images)) {
    if (split === undefined) continue;
    yield { path: `${split}.txt`, content: images.map(({ file }) => `${stemOf(file)}\n`).join('') };
  }
  for (const image of set.images) {
    if (!image.objects) continue;
    const name = `${stemOf(image.file)}.png`;
    if (!multilabel)
      yield {
        path: `masks/${name}`,
        content: writeNumbers(rasteriseImage(image, sizeOf(image), classes), palette),
      };
    else {
      for (const [label, map] of rasterisePlanes(image, sizeOf(image), own)) {
        yield { path: `masks/${folderName(label)}/${name}`, content: writeNumbers(map, palette) };
      }
    }
  }
}

/** A class's name as the name of a folder. */
