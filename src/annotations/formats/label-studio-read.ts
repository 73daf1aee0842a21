import * as z from 'zod';
import { isImage } from '../../core/image-endings.ts';
import type { Size } from '../../core/size.ts';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  labelsOf,
  numbered,
  type Point,
  type Ring,
  type Shape,
} from '../annotated-set.ts';
import { ellipseRing, rectangleRing, turned } from '../ellipse.ts';
import { filesOfKind } from '../json-files.ts';
import { checked, damaged, pointsOf, Tally } from '../reading.ts';
import { fromBrush } from '../run-lengths/brush.ts';
import { ambiguousImage } from '../settle.ts';
import { baseOf, Images, type Source } from '../source.ts';
import { parseXml } from '../xml.ts';

const side = z.int().min(1).optional();
const result = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  type: z.string(),
  /** Relations have none. */
  value: z.looseObject({}).default({}),
  original_width: side,
  original_height: side,
  image_rotation: z.number().optional(),
  score: z.number().nullish(),
});
type Result = z.output<typeof result>;

const annotation = z.looseObject({
  result: z.array(result),
  was_cancelled: z.boolean().optional(),
  ground_truth: z.boolean().optional(),
});
const task = z.looseObject({
  data: z.record(z.string(), z.unknown()).optional(),
  file_upload: z.string().nullish(),
  annotations: z.array(annotation).optional(),
  completions: z.array(annotation).optional(),
  predictions: z.array(z.union([annotation, z.number()])).optional(),
  /** Of a bare list of predictions. */
  result: z.array(result).optional(),
});
type Task = z.output<typeof task>;

const percent = z.number();
const boxValue = z.looseObject({
  x: percent,
  y: percent,
  width: percent,
  height: percent,
  rotation: percent.optional(),
});
const ellipseValue = z.looseObject({
  x: percent,
  y: percent,
  radiusX: percent,
  radiusY: percent,
  rotation: percent.optional(),
});
const polygonValue = z.looseObject({ points: z.array(z.unknown()) });
const brushValue = z.looseObject({ format: z.string().optional(), rle: z.array(z.int().min(0).max(255)) });

/** Label Studio's JSON: finished annotations, or where a task has none, predictions. */
export async function readLabelStudio(source: Source): Promise<AnnotatedSet> {
  const tally = new Tally();
  const files = new Images(source, ambiguousImage(source));
  const images: AnnotatedImage[] = [];
  for await (const { file, value } of filesOfKind(source, 'labelstudio')) {
    const place = `${source.name}/${file}`;
    for (const [i, each] of checked(z.array(task), value, place).entries()) {
      images.push(await imageOf(each, i + 1, { place, file, source, files, tally }));
    }
  }
  const { names, colours } = await configured(source);
  return { classes: numbered([...names, ...labelsOf(images)], colours), images, notes: tally.notes() };
}

interface Context {
  readonly place: string;
  readonly file: string;
  readonly source: Source;
  readonly files: Images;
  readonly tally: Tally;
}

async function imageOf(
  each: Task,
  number: number,
  { place, file, source, files, tally }: Context,
): Promise<AnnotatedImage> {
  const where = `${place}, task ${number}`;
  const results = resultsOf(each, where, tally);
  const names = namesOf(each);
  const named = () =>
    firstOf(names, (name) => files.find(name, file)) ?? firstOf(names, (name) => files.uploaded(name));
  const path = names.length > 0 ? named() : onlyImage(source, tally);
  const told = results?.find(({ original_width: width, original_height: height }) => width && height);
  const size = told
    ? { width: told.original_width!, height: told.original_height! }
    : path === undefined
      ? undefined
      : await source.sizeOf(path);
  const marks = results?.filter((one) => !isGeneral(one) && !isBare(one, results)) ?? [];
  const general = results?.filter(isGeneral) ?? [];
  for (const { type } of general)
    tally.add(`{result|results} of type "${type}", which {marks|mark} nothing in an image: left out`);
  const all = marks.flatMap((one) =>
    objectOf(one, size, `${where}, result ${results!.indexOf(one) + 1}`, tally),
  );
  const objects = results && tally.seen(all, marks.length);
  return {
    file: path ?? names[0] ?? `task ${number}`,
    ...(path !== undefined && { path }),
    ...(size && { size: { width: size.width, height: size.height } }),
    ...(objects && { objects }),
    teller: file,
  };
}

/** What says something of the image as a whole, or of two objects. */
const isGeneral = ({ value }: Result) =>
  ['x', 'points', 'rle', 'vertices', 'imageDataURL'].every((key) => value[key] === undefined);

/** The same region without its label, which another result has that is called as it: tags for regions and labels can be two. */
const isBare = ({ id, type }: Result, all: readonly Result[]) =>
  id !== undefined && type !== LABELS && all.some((other) => other.type === LABELS && other.id === id);

/** Results of a tag for labels alone. */
const LABELS = 'labels';

/** The first image that a name leads to; later names are not looked at. */
function firstOf(names: readonly string[], find: (name: string) => string | undefined): string | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A bare list of predictions names no image. */
function onlyImage({ files }: Source, tally: Tally): string | undefined {
  const images = files.filter(isImage);
  if (images.length !== 1) return undefined;
  tally.add(`{task names|tasks name} no image: taken for the only one, ${images[0]}`);
  return images[0];
}

/** Names that the image of a task may have, the likeliest first. Uploads have eight letters and a dash before their own name. */
function namesOf({ data = {}, file_upload: upload }: Task): string[] {
  const urls = Object.values(data).filter(
    (value): value is string => typeof value === 'string' && /[./]/.test(value),
  );
  const paths = [...(upload ? [upload] : []), ...urls].map((url) =>
    url
      .replace(/^.*[?&]d=/, '')
      .replace(/^[a-z\d+-]+:\/\/[^/]*\//i, '')
      .replace(/[?#].*$/, ''),
  );
  return [...paths, ...paths.map((path) => baseOf(path).replace(/^[\da-f]{8}-/, ''))];
}

/** @returns undefined if nobody has looked at it */
function resultsOf(
  { annotations, completions, predictions = [], result: bare }: Task,
  where: string,
  tally: Tally,
): readonly Result[] | undefined {
  const done = (annotations ?? completions ?? []).filter(({ was_cancelled: cancelled }) => !cancelled);
  const best = done.length > 1 ? done.filter(({ ground_truth: truth }) => truth) : done;
  if (done.length > 1 && best.length !== 1) {
    throw damaged(
      where,
      `${done.length} annotations of one image`,
      'one, or one that is marked as ground truth',
      'keep one of them',
    );
  }
  if (best.length === 1) return best[0].result;
  const predicted =
    bare ?? predictions.flatMap((each) => (typeof each === 'number' ? [] : [each]))[0]?.result;
  if (predicted) tally.add('{task has|tasks have} predictions only: these count');
  return predicted;
}

function objectOf(one: Result, size: Size | undefined, where: string, tally: Tally): AnnotatedObject[] {
  const { value, type, image_rotation: rotation, id, score } = one;
  const labels = value[type];
  if (rotation)
    throw damaged(
      where,
      `an image turned by ${rotation} degrees`,
      'one that is not turned',
      'turn it back there, and export once more',
    );
  const shape = shapeOf(one, size, where, tally);
  if (!shape) return [];
  const names = checked(z.array(z.string()), labels, `${where}, value.${type}`);
  if (names.length === 0) throw damaged(`${where}, value.${type}`, 'no label', 'one or more');
  return names.map((label) => ({
    label,
    shape,
    ...(id !== undefined && names.length === 1 && { id: String(id) }),
    ...(typeof score === 'number' && { score }),
  }));
}

function shapeOf(
  { value, type }: Result,
  size: Size | undefined,
  where: string,
  tally: Tally,
): Shape | undefined {
  const known = () => {
    if (size) return size;
    throw damaged(
      where,
      'an outline in percent, without the size of its image',
      'original_width and original_height, or the image beside it',
      'put the image there',
    );
  };
  const scaled = (ring: Ring): Ring =>
    ring.map(([x, y]): Point => [(x * known().width) / 100, (y * known().height) / 100]);
  const one = (outline: Ring | undefined): Shape | undefined => outline && { parts: [[outline]] };
  switch (type === LABELS ? kindOfValue(value) : type) {
    case 'polygonlabels':
      return one(tally.ring(scaled(pointsOf(checked(polygonValue, value, where).points, where))));
    case 'brushlabels':
      return { bitmap: fromBrush(checked(brushValue, value, where).rle, known(), where) };
    case 'rectanglelabels': {
      const { x, y, width, height, rotation = 0 } = checked(boxValue, value, where);
      const ring = scaled(rectangleRing(x, y, x + width, y + height));
      return one(turned(ring, ring[0], rotation));
    }
    case 'ellipselabels': {
      const { x, y, radiusX, radiusY, rotation = 0 } = checked(ellipseValue, value, where);
      const [[cx, cy], [rx, ry]] = scaled([
        [x, y],
        [radiusX, radiusY],
      ]);
      return one(ellipseRing([cx, cy], rx, ry, rotation));
    }
    default:
      tally.add(
        `{result of type "${type}"|results of type "${type}"}, which {is|are} no outline with a label: left out`,
      );
      return undefined;
  }
}

/** The kind of a region by what is told of it. */
function kindOfValue(value: Result['value']): string {
  if ('rle' in value) return 'brushlabels';
  if ('points' in value) return 'polygonlabels';
  if ('radiusX' in value) return 'ellipselabels';
  return 'height' in value ? 'rectanglelabels' : LABELS;
}

/** Names and colours of the labelling interface, if its XML is there. */
async function configured(source: Source): Promise<{ names: string[]; colours: Map<string, string> }> {
  const names: string[] = [];
  const colours = new Map<string, string>();
  for (const file of source.only === undefined ? source.files.filter((path) => /\.xml$/i.test(path)) : []) {
    const text = await source.text(file);
    if (!/<View[\s>]/.test(text)) continue;
    const open = [parseXml(text, `${source.name}/${file}`)];
    for (const element of open) {
      open.push(...element.children);
      const { value, background } = element.attributes;
      if (element.name !== 'Label' || !value) continue;
      names.push(value);
      if (/^#[\da-f]{6}$/i.test(background ?? '')) colours.set(value, background.toLowerCase());
    }
  }
  return { names, colours };
}
