import * as z from 'zod';
import { eachOf } from '../../core/each.ts';
import { isImage } from '../../core/image-endings.ts';
import type { AnnotatedImage, AnnotatedObject, AnnotatedSet, Point } from '../annotated-set.ts';
import { checked, damaged, inPairs, numberOf, parseYaml, Tally } from '../reading.ts';
import { AT_ONCE, annotationFiles, folderOf, type ImageSize, joinedPath, type Source } from '../source.ts';

const places = z.union([z.string(), z.array(z.string())]).nullish();
const description = z.looseObject({
  path: z.string().nullish(),
  train: places,
  val: places,
  test: places,
  names: z.union([
    z.array(z.union([z.string(), z.number()])),
    z.record(z.string(), z.union([z.string(), z.number()])),
  ]),
});
type Description = z.output<typeof description>;

const SPLITS = ['train', 'val', 'test'] as const;
/** Shares beyond this are no rounding: they may be pixels. */
const LARGEST_SHARE = 1.5;

export async function recogniseYolo(source: Source): Promise<string | undefined> {
  return (await describing(source))?.file;
}

/** The YAML file that names classes and where images lie. */
async function describing(source: Source): Promise<{ file: string; value: Description } | undefined> {
  let found: { file: string; value: Description } | undefined;
  for (const file of annotationFiles(source, /\.ya?ml$/i).filter(
    (path) => !path.slice(0, -1).includes('/') || source.only,
  )) {
    const value = parseYaml(await source.text(file), `${source.name}/${file}`);
    const hasNames =
      typeof value === 'object' &&
      value !== null &&
      'names' in value &&
      SPLITS.some((split) => split in value);
    if (!hasNames) continue;
    if (found) throw severalFiles(source, [found.file, file]);
    found = { file, value: checked(description, value, `${source.name}/${file}`) };
  }
  return found;
}

const severalFiles = ({ name }: Source, files: readonly string[]) =>
  damaged(
    name,
    `several YAML files with "names" (${files.join(', ')})`,
    'one',
    `name the one that is meant: ${name}/${files[0]}`,
  );

/** YOLO's segmentation: `data.yaml`, images below `images/`, and text files of the same names below `labels/`. */
export async function readYolo(source: Source): Promise<AnnotatedSet> {
  const found = await describing(source);
  if (!found)
    throw damaged(source.name, 'no YAML file with "names" and "train"', 'one beside images/ and labels/');
  const { file, value } = found;
  const names = namesOf(value, `${source.name}/${file}`);
  const tally = new Tally();
  const splits = new Map<string, (typeof SPLITS)[number]>();
  for (const split of SPLITS) {
    for (const path of await imagesOf(value, split, { file, source, tally }))
      if (!splits.has(path)) splits.set(path, split);
  }
  const there = new Set(source.files);
  const labels = await eachOf([...splits.keys()], AT_ONCE, (path) => labelsOf(path, there, source));
  const images = labels.map(({ path, marked }): AnnotatedImage => {
    const objects = objectsOf(marked, names, source, tally);
    return { file: path, path, split: splits.get(path)!, ...(objects && { objects }) };
  });
  if (images.length === 0)
    throw damaged(
      `${source.name}/${file}`,
      'no image where it says',
      'images in the folders of "train", "val" or "test"',
      'correct "path" and these',
    );
  tellOrphans(source, images, tally);
  const classes = [...names].map(([index, name]) => ({ number: index + 1, name }));
  return { classes, images, notes: tally.notes() };
}

/** Names by number, from 0. */
function namesOf({ names }: Description, place: string): Map<number, string> {
  const entries = Array.isArray(names)
    ? names.map((name, i): [number, string] => [i, String(name)])
    : Object.entries(names).map(([key, name]): [number, string] => [Number(key), String(name)]);
  const taken = new Set<string>();
  for (const [index, name] of entries) {
    if (!Number.isInteger(index) || index < 0)
      throw damaged(`${place}, names`, `the number "${index}"`, 'whole numbers from 0');
    if (taken.has(name))
      throw damaged(
        `${place}, names`,
        `the name "${name}" twice`,
        'one class for each name',
        'rename one of them',
      );
    taken.add(name);
  }
  return new Map(entries.sort(([a], [b]) => a - b));
}

/** Files of labels beside those of images, to which no image belongs. */
function tellOrphans({ files }: Source, images: readonly AnnotatedImage[], tally: Tally): void {
  const used = new Set(images.map(({ file }) => labelFile(file)));
  const folders = new Set([...used].map(folderOf));
  const orphans = files.filter((path) => {
    const isLabel = path.endsWith('.txt') && /(^|\/)labels\//.test(path);
    return isLabel && folders.has(folderOf(path)) && !used.has(path);
  });
  tally.add('{file|files} of labels without an image: left out', orphans.length);
}

/** The images of a part: of folders, or listed in text files. */
async function imagesOf(
  value: Description,
  split: (typeof SPLITS)[number],
  { file, source, tally }: { readonly file: string; readonly source: Source; readonly tally: Tally },
): Promise<string[]> {
  const given = value[split] ?? [];
  const images: string[] = [];
  for (const place of typeof given === 'string' ? [given] : given) {
    const path = rooted(value.path, place, file, source);
    if (!path.endsWith('.txt')) {
      const inside = path === '' ? '' : `${path}/`;
      const own = source.files.filter((each) => each.startsWith(inside) && isImage(each));
      if (own.length === 0) tally.add(`{place|places} of images without any, ${split}: ${place}`);
      images.push(...own);
      continue;
    }
    const lines = (await source.text(path)).split(/\r?\n/).map((line) => line.trim());
    for (const line of lines.filter((each) => each !== '')) images.push(listed(line, path, value, source));
  }
  return images;
}

/**
 * Where a place lies: `path` often names a folder of another machine, so the folder of the YAML file is looked at first. Of a place on
 * another machine the longest end counts that is there.
 */
function rooted(root: string | null | undefined, place: string, file: string, source: Source): string {
  const isThere = (path: string) =>
    source.files.some((each) => each === path || each.startsWith(`${path}/`) || path === '');
  const ways = [
    joinedPath(folderOf(file), place),
    joinedPath(folderOf(file) + (root ? `${root}/` : ''), place),
  ];
  const steps = place.replaceAll('\\', '/').split('/');
  const ends = steps.slice(1).map((_, i) => joinedPath(folderOf(file), steps.slice(i + 1).join('/')));
  return [...ways, ...ends.filter((end) => end !== '')].find(isThere) ?? ways[0];
}

function listed(line: string, list: string, { path: root }: Description, source: Source): string {
  const ways = [
    joinedPath(folderOf(list), line),
    joinedPath(root ? `${root}/` : '', line),
    joinedPath('', line),
  ];
  const whole = `/${line.replaceAll('\\', '/')}`;
  const ends = source.files.filter((each) => isImage(each) && whole.endsWith(`/${each}`));
  const found = ways.find((way) => source.files.includes(way)) ?? ends.sort((a, b) => b.length - a.length)[0];
  if (found === undefined)
    throw damaged(`${source.name}/${list}`, `the image ${line}, which is not there`, 'images that are there');
  return found;
}

/** A file of labels, and the size of its image. */
interface Marked {
  readonly file: string;
  readonly text: string;
  readonly size: ImageSize;
}

/** What is marked in an image, if it has a file of labels. */
async function labelsOf(
  path: string,
  there: ReadonlySet<string>,
  source: Source,
): Promise<{ readonly path: string; readonly marked?: Marked }> {
  const file = labelFile(path);
  if (!there.has(file)) return { path };
  const size = await source.sizeOf(path);
  return { path, marked: { file, size, text: await source.text(file) } };
}

function objectsOf(
  marked: Marked | undefined,
  names: ReadonlyMap<number, string>,
  source: Source,
  tally: Tally,
): readonly AnnotatedObject[] | undefined {
  if (!marked) {
    tally.add(
      '{image has no file of labels: it counts|images have no files of labels: they count} as not annotated',
    );
    return undefined;
  }
  const { file, text, size } = marked;
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  const objects = lines.flatMap((line, i) =>
    line === ''
      ? []
      : objectOf(line.split(/\s+/), names, size, `${source.name}/${file}, line ${i + 1}`, tally),
  );
  return tally.seen(objects, lines.filter((line) => line !== '').length);
}

/** As Ultralytics finds it: the last folder `images` becomes `labels`. */
function labelFile(image: string): string {
  const steps = image.replace(/\.[^./]*$/, '.txt').split('/');
  const at = steps.lastIndexOf('images');
  if (at >= 0) steps[at] = 'labels';
  return steps.join('/');
}

function objectOf(
  [index, ...rest]: string[],
  names: ReadonlyMap<number, string>,
  size: ImageSize,
  place: string,
  tally: Tally,
): AnnotatedObject[] {
  const label = names.get(numberOf(index, place));
  if (label === undefined) throw damaged(place, `the class ${index}`, 'one that "names" has');
  if (rest.length === 4) {
    tally.add('{line is a box|lines are boxes}, without an outline: left out');
    return [];
  }
  const shares = rest.map((text) => numberOf(text, place));
  const wrong = shares.find((share) => Math.abs(share) > LARGEST_SHARE);
  if (wrong !== undefined)
    throw damaged(
      place,
      `the coordinate ${wrong}`,
      'shares of the image, 0 to 1',
      'divide by its width and height',
    );
  const points = inPairs(shares, place).map(
    ([x, y]): Point => [Number(x) * size.width, Number(y) * size.height],
  );
  const ring = tally.ring(points);
  return ring ? [{ label, shape: { parts: [[ring]] } }] : [];
}
