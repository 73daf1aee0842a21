import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  labelsOf,
  numbered,
  type Ring,
  type Shape,
} from '../annotated-set.ts';
import { ellipseRing, rectangleRing, turned } from '../ellipse.ts';
import { damaged, numberOf, pointsOf, Tally } from '../reading.ts';
import { checkRuns } from '../run-lengths/coco.ts';
import { annotationFiles, type Source } from '../source.ts';
import { splitIn } from '../splits.ts';
import { below, type Element, parseXml } from '../xml.ts';

/** What CVAT draws that has no area. */
const LINES = ['polyline', 'points', 'cuboid', 'skeleton'];

/** CVAT for images 1.1. Boxes and ellipses are outlines like others. */
export async function readCvat(source: Source): Promise<AnnotatedSet> {
  const tally = new Tally();
  const images: AnnotatedImage[] = [];
  const colours = new Map<string, string>();
  const names: string[] = [];
  for (const file of annotationFiles(source, /\.xml$/i)) {
    const place = `${source.name}/${file}`;
    const root = parseXml(await source.text(file), place);
    if (root.name !== 'annotations') continue;
    if (root.children.some(({ name }) => name === 'track')) {
      throw damaged(place, 'tracks of a video', 'images', 'export as "CVAT for images 1.1"');
    }
    for (const label of labelsIn(root)) {
      const name = below(label, 'name')?.text.trim() ?? '';
      const colour = below(label, 'color')?.text.trim().toLowerCase() ?? '';
      names.push(name);
      if (/^#[\da-f]{6}$/.test(colour)) colours.set(name, colour);
    }
    for (const element of root.children)
      if (element.name === 'image') images.push({ ...imageOf(element, place, tally), teller: file });
  }
  return { classes: numbered([...names, ...labelsOf(images)], colours), images, notes: tally.notes() };
}

/** Exports of a task, of a job and of a project hold them in different places. */
function labelsIn(root: Element): readonly Element[] {
  const found = ['task', 'job', 'project'].map((owner) => below(root, `meta/${owner}/labels`)).find(Boolean);
  return found?.children ?? [];
}

function imageOf(element: Element, file: string, tally: Tally): AnnotatedImage {
  const { id, name, width, height, subset } = element.attributes;
  const place = `${file}, line ${element.line}, image ${name ?? id}`;
  if (!name) throw damaged(place, 'no name', 'the name of its file');
  const size = { width: numberOf(width, `${place}, width`), height: numberOf(height, `${place}, height`) };
  const objects = element.children.flatMap((child) => {
    const object = objectOf(child, `${file}, line ${child.line}, ${child.name} of ${name}`, tally);
    return object ? [{ object, layer: Number(child.attributes.z_order ?? 0) }] : [];
  });
  const ordered = objects.sort((a, b) => a.layer - b.layer).map(({ object }) => object);
  const part = subset === undefined || subset === 'default' ? undefined : subset;
  const seen = tally.seen(ordered, element.children.filter(({ name }) => name !== 'tag').length);
  return {
    ...{ file: name, size },
    ...(seen && { objects: seen }),
    ...(id !== undefined && { id }),
    ...(part !== undefined && { split: splitIn(part) ?? part }),
  };
}

function objectOf(element: Element, place: string, tally: Tally): AnnotatedObject | undefined {
  const { label, group_id: group } = element.attributes;
  if (element.name === 'tag') return undefined;
  if (LINES.includes(element.name)) {
    tally.add('{line or point|lines and points}, which have no area: left out');
    return undefined;
  }
  if (!label) throw damaged(place, 'no label', 'one');
  tally.add('{attribute|attributes} of objects: left out', element.children.length);
  const shape = shapeOf(element, place, tally);
  return shape && { label, shape, ...(group && group !== '0' && { group }) };
}

function shapeOf(element: Element, place: string, tally: Tally): Shape | undefined {
  const { attributes } = element;
  const number = (name: string) => numberOf(attributes[name], `${place}, ${name}`);
  const angle = attributes.rotation === undefined ? 0 : number('rotation');
  const one = (outline: Ring | undefined): Shape | undefined => outline && { parts: [[outline]] };
  switch (element.name) {
    case 'polygon':
      return one(tally.ring(polygonOf(attributes.points ?? '', place)));
    case 'box': {
      const [left, top, right, bottom] = ['xtl', 'ytl', 'xbr', 'ybr'].map(number);
      tally.add('{box counts as an outline|boxes count as outlines}');
      return one(
        turned(rectangleRing(left, top, right, bottom), [(left + right) / 2, (top + bottom) / 2], angle),
      );
    }
    case 'ellipse':
      return one(ellipseRing([number('cx'), number('cy')], number('rx'), number('ry'), angle));
    case 'mask':
      return maskOf(attributes.rle ?? '', number, place);
    default:
      throw damaged(
        place,
        `the element <${element.name}>`,
        'polygon, mask, box, ellipse, polyline, points, cuboid or tag',
      );
  }
}

function polygonOf(text: string, place: string): Ring {
  return pointsOf(
    text
      .split(';')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => pair.split(',').map((value) => numberOf(value, place))),
    place,
  );
}

/** Runs row by row within the box, first of pixels outside. */
function maskOf(rle: string, number: (name: string) => number, place: string): Shape {
  const [left, top, width, height] = ['left', 'top', 'width', 'height'].map(number);
  const runs = rle.split(',').map((text) => numberOf(text, `${place}, rle`));
  checkRuns(runs, width * height, `${place}, rle`);
  return { bitmap: { left, top, width, height, runs: Uint32Array.from(runs) } };
}
