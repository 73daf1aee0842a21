import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  type SetClass,
  UNKNOWN_LABEL,
} from '../annotated-set.ts';
import { piecesOf, unknownIn } from '../label-map.ts';
import { type NumberMap, type NumberPicture, readNumbers } from '../png.ts';
import { damaged, Tally } from '../reading.ts';
import { isImage, type Source, stemOf } from '../source.ts';

const NAME_FILES = ['class_names.txt', 'labelmap.txt', 'labels.txt', 'classes.txt'];
const LISTS = ['train', 'val', 'test'];

/** PASCAL VOC: `SegmentationClass`, and `SegmentationObject` and `ImageSets` if they are there; images in `JPEGImages`. */
export async function readVoc(source: Source): Promise<AnnotatedSet> {
  const first = source.files.find((path) => /(^|\/)SegmentationClass\//.test(path));
  if (first === undefined) throw damaged(source.name, 'no SegmentationClass/', 'a folder of VOC');
  const root = first.slice(0, first.indexOf('SegmentationClass/'));
  const tally = new Tally();
  const names = await namesOf(source, root);
  const used = new Map<number, string | undefined>();
  const images: AnnotatedImage[] = [];
  const splits = await splitsOf(source, root);
  const pictures = new Map(
    source.files
      .filter((path) => path.startsWith(`${root}JPEGImages/`) && isImage(path))
      .map((path) => [stemOf(path), path]),
  );
  const masks = source.files.filter(
    (path) => path.startsWith(`${root}SegmentationClass/`) && /\.png$/i.test(path),
  );
  for (const mask of masks) {
    const stem = stemOf(mask);
    const { width, height, objects } = await objectsOf(source, mask, names, used, tally);
    images.push({ ...imageOf(stem, pictures, splits), size: { width, height }, objects });
    pictures.delete(stem);
  }
  for (const stem of pictures.keys()) images.push(imageOf(stem, pictures, splits));
  if (!names && used.size > 0)
    tally.add(
      '{class has a number|classes have numbers}, and no name: class_names.txt, a name a line from number 0 on, would tell',
      used.size,
    );
  return { classes: classesOf(names, used), images, notes: tally.notes() };
}

function imageOf(
  stem: string,
  pictures: ReadonlyMap<string, string>,
  splits: ReadonlyMap<string, string>,
): AnnotatedImage {
  const path = pictures.get(stem);
  const split = splits.get(stem);
  return {
    file: path === undefined ? `${stem}.jpg` : path.slice(path.lastIndexOf('/') + 1),
    ...(path !== undefined && { path }),
    ...(split !== undefined && { split }),
  };
}

/** Objects are what has one object number and one class. */
async function objectsOf(
  source: Source,
  path: string,
  names: readonly string[] | undefined,
  used: Map<number, string | undefined>,
  tally: Tally,
): Promise<NumberMap & { readonly objects: readonly AnnotatedObject[] }> {
  const place = `${source.name}/${path}`;
  const classes = readNumbers(await source.bytes(path), place);
  const numbersPath = path.replace('SegmentationClass/', 'SegmentationObject/');
  const numbers = source.files.includes(numbersPath)
    ? readNumbers(await source.bytes(numbersPath), `${source.name}/${numbersPath}`)
    : undefined;
  if (numbers && (numbers.width !== classes.width || numbers.height !== classes.height)) {
    throw damaged(
      `${source.name}/${numbersPath}`,
      `${numbers.width} x ${numbers.height} pixels`,
      `${classes.width} x ${classes.height}, as ${path} has`,
    );
  }
  const objects = piecesOf(combined(classes, numbers, tally), { apart: false, polygons: false }).map(
    ({ number, shape }) => {
      const value = number % STEP;
      if (value === unknownIn(classes.data)) return { label: UNKNOWN_LABEL, shape };
      used.set(value, classes.palette?.[value]);
      const label = names ? names[value] : `class ${value}`;
      if (label === undefined || label === '')
        throw damaged(
          place,
          `the class number ${value}`,
          `one of the ${names?.length} that have names, from 0 on`,
        );
      return { label, shape };
    },
  );
  return { ...classes, objects };
}

const STEP = 65536;

/** A number for each pair of object and class. Unknown pixels, which VOC has around objects, are of no object. */
function combined(
  { width, height, data: classes }: NumberPicture,
  numbers: NumberPicture | undefined,
  tally: Tally,
) {
  const data = new Uint32Array(classes.length);
  const unknown = unknownIn(classes);
  const border = numbers && unknownIn(numbers.data);
  let classless = 0;
  for (let i = 0; i < data.length; i++) {
    const object = numbers ? numbers.data[i] : 0;
    if (classes[i] === 0) classless += Number(object > 0 && object !== border);
    else data[i] = classes[i] === unknown || object === border ? classes[i] : object * STEP + classes[i];
  }
  tally.add('{pixel|pixels} of an object, but of no class: left out', classless);
  return { width, height, data };
}

/** Names of the numbers from 0 on, if a file tells them. */
async function namesOf(source: Source, root: string): Promise<string[] | undefined> {
  const file = [root, '']
    .flatMap((folder) => NAME_FILES.map((name) => folder + name))
    .find((path) => source.files.includes(path));
  if (file === undefined) return undefined;
  const lines = (await source.text(file)).split(/\r?\n/).map((line) => line.trim());
  // A label map has `name:colour:parts:actions`.
  const names = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => (file.endsWith('labelmap.txt') ? line.split(':')[0] : line));
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
  return known;
}

function classesOf(
  names: readonly string[] | undefined,
  used: ReadonlyMap<number, string | undefined>,
): SetClass[] {
  const all = names
    ? names.flatMap((name, number) => (number > 0 && name !== '' ? [{ number, name }] : []))
    : [...used.keys()].sort((a, b) => a - b).map((number) => ({ number, name: `class ${number}` }));
  return all.map((each) => {
    const colour = used.get(each.number);
    return { ...each, ...(colour !== undefined && { colour }) };
  });
}

async function splitsOf(source: Source, root: string): Promise<Map<string, string>> {
  const splits = new Map<string, string>();
  for (const split of LISTS) {
    const file = `${root}ImageSets/Segmentation/${split}.txt`;
    if (!source.files.includes(file)) continue;
    for (const line of (await source.text(file)).split(/\r?\n/))
      if (line.trim() !== '') splits.set(line.trim(), split);
  }
  return splits;
}
