import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnnotatedImage, AnnotatedObject, Shape } from '../../src/annotations/annotated-set.ts';
import { folderSource } from '../../src/annotations/folder-source.node.ts';
import type { FormatName } from '../../src/annotations/format.ts';
import { FORMATS, formatOf } from '../../src/annotations/formats.ts';
import { objectsOfInstances, rasteriseImage } from '../../src/annotations/label-map.ts';
import { readNumbers } from '../../src/annotations/png.ts';
import { areaOf, rasterise } from '../../src/annotations/rasterise.ts';
import { settle } from '../../src/annotations/settle.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { memorySource } from '../support/memory-source.ts';
import { shared } from '../support/shared.ts';

interface ObjectFact {
  readonly label: string | readonly string[];
  readonly area: number;
  readonly area_pil?: number;
  readonly perimeter?: number;
  readonly parts?: number;
}

const path = (name: string) => `${shared.formats}/${name}`;
const facts = existsSync(shared.formats) ? JSON.parse(readFileSync(path('facts.json'), 'utf8')) : {};

/** The set, read as the format that is there. */
async function read(name: string, format: FormatName) {
  const source = await folderSource(path(name), { sizeOf: imageSize });
  const found = await formatOf(source);
  expect(found.name).toBe(format);
  return settle(await found.read(source), source);
}

const imageNamed = (images: readonly AnnotatedImage[], name: string) =>
  images.find(({ file }) => file === name || file.endsWith(`/${name}`))!;

/** The tolerance of the reference: the pixels of an outline may count or not. */
function expectArea(
  shape: Shape,
  { area, area_pil: most = area, perimeter = 0 }: ObjectFact,
  what: string,
): void {
  const pixels = areaOf(shape);
  expect(pixels, what).toBeGreaterThanOrEqual(area - 0.15 * perimeter - 2);
  expect(pixels, what).toBeLessThanOrEqual(most + 0.1 * perimeter + 2);
}

function expectObjects(
  objects: readonly AnnotatedObject[],
  expected: readonly ObjectFact[],
  what: string,
): void {
  expect(
    objects.map(({ label }) => label),
    what,
  ).toEqual(expected.map(({ label }) => [label].flat()[0]));
  for (const [i, object] of objects.entries())
    expectArea(object.shape, expected[i], `${what}, object ${i + 1}`);
}

function countOf(data: ArrayLike<number>, wanted: number): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === wanted) count++;
  return count;
}

describe.skipIf(!existsSync(shared.formats))('real files of annotation tools', () => {
  it('COCO: 136 objects of 80 categories, holes in ids, several parts, a crowd', async () => {
    const { images, classes } = await read('coco/tinycoco', 'coco');
    const { objects, categories, images: sizes } = facts['coco/tinycoco'];
    expect(classes).toHaveLength(categories);
    expect(classes.at(-1)).toEqual({ number: 90, name: 'toothbrush' });
    expect(Object.fromEntries(images.map(({ file, size }) => [file, [size!.width, size!.height]]))).toEqual(
      sizes,
    );
    const found = new Map(
      images.flatMap(({ objects = [], file }) => objects.map((object) => [object.id, { ...object, file }])),
    );
    expect(found.size).toBe(objects.length);
    for (const fact of objects) {
      const object = found.get(String(fact.id))!;
      expect([object.file, object.label, Number(object.crowd ?? false)]).toEqual([
        fact.image,
        fact.label,
        fact.iscrowd,
      ]);
      if (fact.iscrowd) expect(areaOf(object.shape)).toBe(fact.area);
      else expectArea(object.shape, fact, `annotation ${fact.id}`);
      if ('parts' in object.shape) expect(object.shape.parts).toHaveLength(fact.parts);
    }
  });

  it('COCO results: 734 run lengths to the pixel', async () => {
    const { images } = await read('coco_rle', 'coco');
    const { objects, images: count } = facts.coco_rle;
    expect(images).toHaveLength(count);
    const found = images.flatMap(({ objects = [], size, file }) =>
      objects.map(({ shape, score, label }) => ({
        image_id: Number(file),
        category_id: Number(label.replace('category ', '')),
        size_hw: [size!.height, size!.width],
        score,
        area: areaOf(shape),
      })),
    );
    expect(found).toEqual(
      [...objects].sort(
        (a, b) =>
          images.findIndex(({ file }) => file === String(a.image_id)) -
          images.findIndex(({ file }) => file === String(b.image_id)),
      ),
    );
  });

  it.each(['2011_000003', '2011_000006', 'primitives'])('LabelMe: %s', async (name) => {
    const { images } = await read('labelme', 'labelme');
    const { objects, size_image: size } = facts[`labelme/${name}`];
    const image = imageNamed(images, `${name}.jpg`);
    expect([image.size!.width, image.size!.height]).toEqual(size);
    const withArea = objects.filter(({ area }: { area: number | null }) => area !== null);
    expectObjects(image.objects!, withArea, name);
    const octagon = image.objects!.find(({ label }) => label === 'octagon');
    if (octagon) expect(areaOf(octagon.shape)).toBe(7275);
    const groups = objects.filter(({ group_id: group }: { group_id: unknown }) => group !== null).length;
    expect(image.objects!.filter(({ group }) => group !== undefined)).toHaveLength(groups);
  });

  it('YOLO: 8 images in two parts', async () => {
    const { images, classes } = await read('yolo_seg', 'yolo');
    expect(classes).toHaveLength(facts.yolo_seg.names);
    expect(images).toHaveLength(8);
    for (const [name, { size, objects }] of Object.entries<{ size: number[]; objects: ObjectFact[] }>(
      facts.yolo_seg.images,
    )) {
      const image = imageNamed(images, `${name}.jpg`);
      expect([image.size!.width, image.size!.height, image.split]).toEqual([...size, name.split('/')[0]]);
      expectObjects(image.objects!, objects, name);
    }
  });

  it('VOC: maps to the pixel, and objects by their numbers', async () => {
    const { images, classes } = await read('voc', 'voc');
    expect(['_background_', ...classes.map(({ name }) => name)]).toEqual(facts.voc.class_names);
    for (const [name, { size, cls, obj }] of Object.entries<{
      size: [number, number];
      cls: Record<string, number>;
      obj: object;
    }>(facts.voc.images)) {
      const image = imageNamed(images, `${name}.jpg`);
      const { data } = rasteriseImage(image, { width: size[0], height: size[1] }, classes);
      const counts = Object.fromEntries(
        Object.keys(cls).map((key) => [key, countOf(data, Number(key.split(' ')[0]))]),
      );
      expect(counts, name).toEqual(cls);
      expect(image.objects!.filter(({ label }) => label !== '__ignore__')).toHaveLength(
        Object.keys(obj).length - 1,
      );
      const numbers = readNumbers(readFileSync(path(`voc/SegmentationObject/${name}.png`)), name);
      const areas = objectsOfInstances(numbers, 'object').map(({ id, shape }) => [id, areaOf(shape)]);
      expect(Object.fromEntries(areas)).toEqual(
        Object.fromEntries(Object.entries(obj).filter(([key]) => key !== '0')),
      );
    }
  });

  it('CVAT: polygons and boxes', async () => {
    const { images, classes, notes } = await read('cvat/polygons', 'cvat');
    expect(classes.map(({ name }) => name)).toEqual(facts['cvat/polygons'].labels);
    expect(classes[0].colour).toBe('#24b353');
    for (const { name, size, objects } of facts['cvat/polygons'].images) {
      const image = imageNamed(images, name);
      expect([image.size!.width, image.size!.height]).toEqual(size);
      const expected = objects
        .filter(({ tag }: { tag: string }) => tag !== 'polyline')
        .map((fact: { xyxy?: number[] }) => {
          if (!fact.xyxy) return fact;
          const [left, top, right, bottom] = fact.xyxy;
          const centres = (from: number, to: number) => Math.ceil(to - 0.5) - Math.ceil(from - 0.5);
          return { ...fact, area: centres(left, right) * centres(top, bottom) };
        });
      // The reference names polygons and boxes by kind, the file as they come.
      // Where there are lines only, it is not known what is background.
      expect(image.objects === undefined).toBe(expected.length === 0);
      const sorted = [...(image.objects ?? [])].sort((a, b) => areaOf(a.shape) - areaOf(b.shape));
      expectObjects(
        sorted,
        [...expected].sort((a, b) => a.area - b.area),
        name,
      );
    }
    expect(notes).toContain('6 lines and points, which have no area: left out');
  });

  it('Label Studio: outlines in percent', async () => {
    const { images } = await read('labelstudio/data_polygons.json', 'labelstudio');
    expect(images).toMatchObject([{ file: 'e97d4735-000000000025.jpg', size: { width: 640, height: 426 } }]);
    expectObjects(images[0].objects!, facts['labelstudio/data_polygons'], 'data_polygons');
  });

  it('Label Studio: predictions that tell no image, beside the only one', async () => {
    const text = readFileSync(path('labelstudio/test_polygon_labels.json'), 'utf8');
    const source = memorySource({ 'a.json': text }, { 'people.jpg': [768, 576] });
    const { images } = await settle(await FORMATS.labelstudio.read(source), source);
    expectObjects(
      images[0].objects!,
      facts['labelstudio/test_polygon_labels'].map((fact: ObjectFact) => ({
        ...fact,
        area_pil: fact.area + 0.5 * fact.perimeter!,
      })),
      'test_polygon_labels',
    );
  });

  it('QuPath: a hole, an ellipse, colours', async () => {
    const { images, classes } = await read('qupath', 'geojson');
    const expected = facts['qupath/Example with doughnut annotation'];
    const { objects = [], size } = images.find(({ objects }) => objects)!;
    expect(size).toBeUndefined();
    expectObjects(
      objects,
      expected.map((fact: ObjectFact) => ({ ...fact, area_pil: Math.max(fact.area, fact.area_pil!) })),
      'doughnut',
    );
    expect(objects.map(({ shape }) => 'parts' in shape && shape.parts[0].length)).toEqual([1, 2, 1]);
    expect(classes.find(({ name }) => name === 'ICI')!.colour).toBe('#fe0b1b');
  });

  it('upright images: the eight orientations have one size', async () => {
    const source = await folderSource(path('exif'), { sizeOf: imageSize });
    for (let k = 1; k <= 8; k++) {
      expect(await source.sizeOf(`grid/test_${k}.jpg`)).toEqual({ width: 50, height: 100, orientation: k });
    }
  });
});

it('draws what it reads: later objects lie above earlier ones', () => {
  const square = (at: number): Shape => ({
    parts: [
      [
        [
          [at, at],
          [at + 2, at],
          [at + 2, at + 2],
          [at, at + 2],
        ],
      ],
    ],
  });
  const classes = [
    { number: 1, name: 'a' },
    { number: 2, name: 'b' },
  ];
  const objects = [
    { label: 'a', shape: square(0) },
    { label: 'b', shape: square(1) },
    { label: '__ignore__', shape: square(2) },
  ];
  const { data } = rasteriseImage({ objects }, { width: 4, height: 4 }, classes);
  expect([...data]).toEqual([1, 1, 0, 0, 1, 2, 2, 0, 0, 2, 255, 255, 0, 0, 255, 255]);
  expect(rasterise(square(1)).data).toHaveLength(4);
});
