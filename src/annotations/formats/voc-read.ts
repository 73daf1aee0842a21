import { isImage } from '../../core/image-endings.ts';
import { type AnnotatedImage, type AnnotatedSet, type SetClass, UNKNOWN_LABEL } from '../annotated-set.ts';
import { piecesOf, unknownIn } from '../label-map.ts';
import { type ColourTable, type NumberMap, readNumbers, vocPalette } from '../png.ts';
import { damaged, Tally } from '../reading.ts';
import { type Source, stemOf } from '../source.ts';
import { objectMap, STEP } from './voc-objects.ts';

const NAME_FILES = ['class_names.txt', 'labelmap.txt', 'labels.txt', 'classes.txt'];
const LISTS = ['train', 'val', 'test'];

/** What is known of a folder while its masks are read. */
interface Context {
  readonly source: Source;
  /** Its files. */
  readonly there: ReadonlySet<string>;
  readonly tally: Tally;
  /** Of the numbers from 0 on. */
  readonly names: readonly string[] | undefined;
  /** Of masks that are pictures in colours, as CVAT writes them. */
  readonly colours: ColourTable;
  /** Numbers of classes that occur. */
  readonly used: Set<number>;
  /** Of the first mask that has one. */
  palette?: readonly string[];
}

/** PASCAL VOC: `SegmentationClass`, and `SegmentationObject` and `ImageSets` if they are there; images in `JPEGImages`. */
export async function readVoc(source: Source): Promise<AnnotatedSet> {
  const first = source.files.find((path) => /(^|\/)SegmentationClass\//.test(path));
  if (first === undefined) throw damaged(source.name, 'no SegmentationClass/', 'a folder of VOC');
  const root = first.slice(0, first.indexOf('SegmentationClass/'));
  const below = (folder: string) => source.files.filter((path) => path.startsWith(`${root}${folder}/`));
  const { names, colours } = await namesOf(source, root);
  const there = new Set(source.files);
  const context: Context = { source, there, tally: new Tally(), names, colours, used: new Set() };
  const splits = await splitsOf(source, root);
  const pictures = picturesIn(below('JPEGImages'), source);
  const images: AnnotatedImage[] = [];
  for (const mask of below('SegmentationClass').filter((path) => /\.png$/i.test(path))) {
    const stem = stemOf(mask);
    const image = imageOf(stem, pictures, splits);
    images.push({ ...image, ...(await maskOf(mask, context)), teller: mask });
    splits.delete(stem);
    pictures.delete(looseOf(stem));
  }
  for (const path of pictures.values()) {
    images.push(imageOf(stemOf(path), pictures, splits));
    splits.delete(stemOf(path));
  }
  context.tally.add('{line|lines} in ImageSets of images that are not there: left out', splits.size);
  return { classes: classesOf(context), images, notes: context.tally.notes() };
}

/** Images by stem: those of `JPEGImages/`, or else all but masks. Some systems do not tell capitals from small letters. */
function picturesIn(own: readonly string[], { files }: Source): Map<string, string> {
  const found = own.filter(isImage);
  const all =
    found.length > 0 ? found : files.filter((path) => isImage(path) && !/(^|\/)Segmentation/.test(path));
  return new Map(all.map((path) => [looseOf(stemOf(path)), path]));
}

const looseOf = (stem: string) => stem.normalize('NFC').toLowerCase();

function imageOf(
  stem: string,
  pictures: ReadonlyMap<string, string>,
  splits: ReadonlyMap<string, string>,
): AnnotatedImage {
  const path = pictures.get(looseOf(stem));
  const split = splits.get(stem);
  return {
    file: path === undefined ? `${stem}.jpg` : path.slice(path.lastIndexOf('/') + 1),
    ...(path !== undefined && { path }),
    ...(split !== undefined && { split }),
  };
}

async function maskOf(path: string, context: Context): Promise<Pick<AnnotatedImage, 'size' | 'objects'>> {
  const { source, tally } = context;
  const classes = readNumbers(await source.bytes(path), `${source.name}/${path}`, context.colours);
  context.palette ??= classes.palette;
  const { width, height, data } = classes;
  const map = objectMap(classes, await numbersOf(path, classes, context), tally);
  const objects = piecesOf(map, { apart: false, polygons: false }).map(({ number, shape }) => {
    const value = number % STEP;
    return { label: value === unknownIn(data) ? UNKNOWN_LABEL : nameOf(value, path, context), shape };
  });
  return { size: { width, height }, objects };
}

/** The map of object numbers that belongs to one of classes, if there is one. */
async function numbersOf(
  path: string,
  { width, height }: NumberMap,
  { source, there }: Context,
): Promise<NumberMap | undefined> {
  const file = path.replace('SegmentationClass/', 'SegmentationObject/');
  if (!there.has(file)) return undefined;
  const place = `${source.name}/${file}`;
  const numbers = readNumbers(await source.bytes(file), place, USUAL_COLOURS);
  if (numbers.width === width && numbers.height === height) return numbers;
  throw damaged(place, `${numbers.width} x ${numbers.height} pixels`, `${width} x ${height}, as ${path} has`);
}

function nameOf(value: number, path: string, { names, used, source }: Context): string {
  used.add(value);
  if (!names) return `class ${value}`;
  if (names[value]) return names[value];
  throw damaged(
    `${source.name}/${path}`,
    `the class number ${value}`,
    `one of the ${names.length} that have names, from 0 on`,
  );
}

/** Numbers by the colours that VOC has for them. */
const USUAL_COLOURS: ColourTable = new Map(vocPalette().map((colour, number) => [packed(colour), number]));

function packed([r, g, b]: readonly number[]): number {
  return (r << 16) | (g << 8) | b;
}

/** Names of the numbers from 0 on, if a file tells them, and their colours where it has them. */
async function namesOf(source: Source, root: string): Promise<Pick<Context, 'names' | 'colours'>> {
  const file = [root, '']
    .flatMap((folder) => NAME_FILES.map((name) => folder + name))
    .find((path) => source.files.includes(path));
  if (file === undefined) return { names: undefined, colours: new Map() };
  const lines = (await source.text(file)).split(/\r?\n/).map((line) => line.trim());
  // A label map has `name:colour:parts:actions`.
  const listed = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => (file.endsWith('labelmap.txt') ? line.split(':') : [line]));
  const fields = file.endsWith('labelmap.txt') ? withBackgroundFirst(listed) : listed;
  const names = fields.map(([name]) => name);
  // Empty lines are of numbers without a class, but for those at the end.
  const known = names
    .filter((name) => name !== UNKNOWN_LABEL)
    .slice(0, 1 + names.findLastIndex((name) => name !== ''));
  const twice = known.find((name, i) => name !== '' && known.indexOf(name) !== i);
  if (twice !== undefined)
    throw damaged(
      `${source.name}/${file}`,
      `the name "${twice}" twice`,
      'one class for each name',
      'rename one of them',
    );
  const own = fields
    .filter(([name]) => name !== UNKNOWN_LABEL)
    .flatMap(([, colour], number) => {
      const parts = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(colour ?? '')?.slice(1);
      return parts ? [[packed(parts.map(Number)), number] as const] : [];
    });
  const distinct = new Map(own).size === own.length;
  return { names: known, colours: new Map(own.length > 0 && distinct ? [UNKNOWN_COLOUR, ...own] : []) };
}

/** In VOC it lies around objects, and may be in no list. */
const UNKNOWN_COLOUR = [packed([224, 224, 192]), 255] as const;

/** The lines of a label map in the order of the numbers: the background is 0 wherever it stands, and black where it does not. */
function withBackgroundFirst(fields: readonly string[][]): string[][] {
  const isBlack = ([, colour]: string[]) => /^\s*0\s*,\s*0\s*,\s*0\s*$/.test(colour ?? '');
  const first =
    fields.find(([name]) => /^_?background_?$/i.test(name)) ??
    fields.find(isBlack) ??
    (fields.some(([, colour]) => colour) ? ['background', '0,0,0'] : fields[0]);
  return [first, ...fields.filter((each) => each !== first)];
}

function classesOf({ names, used, palette, colours, tally }: Context): SetClass[] {
  const colourOf = new Map(
    Array.from(colours, ([colour, number]) => [number, `#${colour.toString(16).padStart(6, '0')}`]),
  );
  if (!names)
    tally.add(
      '{class has a number|classes have numbers}, and no name: class_names.txt, a name a line from number 0 on, would tell',
      used.size,
    );
  const numbers = names
    ? [...names.keys()].slice(1).filter((number) => names[number] !== '')
    : [...used].sort((a, b) => a - b);
  return numbers.map((number) => {
    const colour = palette?.[number] ?? colourOf.get(number);
    return { number, name: names?.[number] ?? `class ${number}`, ...(colour !== undefined && { colour }) };
  });
}

async function splitsOf(source: Source, root: string): Promise<Map<string, string>> {
  const splits = new Map<string, string>();
  for (const split of LISTS) {
    const file = `${root}ImageSets/Segmentation/${split}.txt`;
    if (!source.files.includes(file)) continue;
    for (const line of (await source.text(file)).split(/\r\n|\n|\r/))
      if (line.trim() !== '') splits.set(stemOf(line.trim()), split);
  }
  return splits;
}
