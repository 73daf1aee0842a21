import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedImage, AnnotatedSet, Shape } from '../../src/annotations/annotated-set.ts';
import { withJoinedGroups } from '../../src/annotations/fit.ts';
import { FORMAT_NAMES, type Format, type WriteOptions } from '../../src/annotations/format.ts';
import { FORMATS, formatOf } from '../../src/annotations/formats.ts';
import { objectsOfMask, rasteriseImage } from '../../src/annotations/label-map.ts';
import { lossesOf } from '../../src/annotations/losses.ts';
import { rasterise } from '../../src/annotations/rasterise.ts';
import { settle } from '../../src/annotations/settle.ts';
import { expectGolden } from '../support/golden.ts';
import { filesOf, memorySource } from '../support/memory-source.ts';
import { bitmaps, polygons } from './shapes.ts';

const size = { width: 50, height: 47 };
const box = { left: 0, top: 0, ...size };
const plain: WriteOptions = { polygons: false, multilabel: false };
const classes = [
  { number: 1, name: 'polyp & <fold>', colour: '#e69f00' },
  { number: 2, name: 'Gerät', colour: '#56b4e9' },
];
const labels = [...classes.map(({ name }) => name), '__ignore__'];

/** Two images with objects, and one that nobody has looked at. */
function setOf(one: readonly Shape[], other: readonly Shape[]): AnnotatedSet {
  const image = (name: string, split: string, shapes: readonly Shape[]): AnnotatedImage => ({
    file: `${name}.png`,
    size,
    split,
    objects: shapes.map((shape, i) => ({ label: labels[i % 3], shape, id: String(i + 1) })),
  });
  const images = [
    image('a', 'train', one),
    image('b b', 'val', other),
    { file: 'c.png', size, split: 'val' },
  ];
  return { classes, images, notes: [] };
}

/** Away from the centres of pixels: shares of an image are rounded, and a centre on a line may come to lie beside it. */
function moved(shape: Shape): Shape {
  if ('bitmap' in shape) return shape;
  return {
    parts: shape.parts.map((part) => part.map((ring) => ring.map(([x, y]) => [x + 0.0137, y + 0.0071]))),
  };
}

/** A set as a format gives it back. */
async function back(set: AnnotatedSet, format: Format, options: WriteOptions): Promise<AnnotatedSet> {
  const places = set.images.map((image) => [format.imagePath(image), [size.width, size.height] as const]);
  const source = memorySource(filesOf(format.write(set, options)), Object.fromEntries(places));
  expect((await formatOf(source)).name).toBe(format.name);
  return settle(await format.read(source), source);
}

const imagesOf = ({ images }: AnnotatedSet) =>
  [...images].sort((a, b) => (a.file.split('/').at(-1)! < b.file.split('/').at(-1)! ? -1 : 1));
const pixels = (shape: Shape) => [...rasterise(shape, box).data].join('');
const shapes = fc.array(fc.oneof(bitmaps, polygons), { minLength: 1, maxLength: 4 });

/** The objects of an image: their pixels and labels; those of several parts in formats that have groups come apart. */
function objectsOf(image: AnnotatedImage): string[] {
  const objects = withJoinedGroups(image).map(({ label, shape }) => `${label} ${pixels(shape)}`);
  return objects.filter((text) => text.endsWith('1') || text.includes('1', text.length - 50 * 47)).sort();
}

describe.each(FORMAT_NAMES)('%s', (name) => {
  const format = FORMATS[name];

  it('gives back the same pixels', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, fc.boolean(), async (one, other, asPolygons) => {
        const set = setOf(one.map(moved), other.map(moved));
        const read = await back(set, format, { ...plain, polygons: asPolygons });
        const [expected, found] = [imagesOf(set), imagesOf(read)];
        expect(found).toHaveLength(3);
        for (const [i, image] of found.entries()) {
          const map = (each: AnnotatedImage, of: AnnotatedSet) =>
            rasteriseImage(each, size, of.classes.length > 2 ? of.classes : classes).data;
          expect(map(image, read)).toEqual(map(expected[i], set));
          if (format.holds.pixels !== 'map') expect(objectsOf(image)).toEqual(objectsOf(expected[i]));
          if (format.holds.splits) expect(image.split).toBe(expected[i].split);
          if (format.holds.unseen)
            expect(image.objects === undefined).toBe(expected[i].objects === undefined);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('keeps classes, and tells what it does not hold', async () => {
    const square: Shape = {
      parts: [
        [
          [
            [1, 1],
            [9, 1],
            [9, 9],
            [1, 9],
          ],
          [
            [3, 3],
            [3, 5],
            [5, 5],
            [5, 3],
          ],
        ],
      ],
    };
    const plainSet = setOf([square, square], []);
    const [first, ...others] = plainSet.images;
    const objects = first.objects!.map((object) => ({
      ...object,
      crowd: true as const,
      score: 0.5,
      group: '7',
    }));
    const set = { ...plainSet, images: [{ ...first, objects }, ...others] };
    const read = await back(set, format, plain);
    expect(read.classes.map(({ name }) => name)).toEqual(classes.map(({ name }) => name));
    if (format.holds.colours) expect(read.classes).toEqual(classes);
    expectGolden(`losses/${name}.txt`, `${lossesOf(set, format, plain).join('\n')}\n`);
    const kept = imagesOf(read)[0].objects!;
    expect(kept.filter(({ crowd }) => crowd)).toHaveLength(format.holds.crowd ? 2 : 0);
    expect(kept.filter(({ score }) => score === 0.5)).toHaveLength(format.holds.scores ? 2 : 0);
    if (format.holds.ids) expect(kept.map(({ id }) => id)).toEqual(['1', '2']);
  });
});

it('overlapping classes are kept in a folder for each', async () => {
  const square: Shape = {
    parts: [
      [
        [
          [0, 0],
          [9, 0],
          [9, 9],
          [0, 9],
        ],
      ],
    ],
  };
  const later: Shape = {
    parts: [
      [
        [
          [5, 5],
          [12, 5],
          [12, 12],
          [5, 12],
        ],
      ],
    ],
  };
  const set = setOf([square, later], []);
  const read = await back(set, FORMATS.folder, { ...plain, multilabel: true });
  expect(objectsOf(imagesOf(read)[0])).toEqual(objectsOf(set.images[0]));
  expect(lossesOf(set, FORMATS.folder, plain)).toContain(
    'folder holds one number for each pixel: in 16 pixels that several share, the later one counts',
  );
  expect(lossesOf(set, FORMATS.folder, { ...plain, multilabel: true }).join()).not.toContain('share');
});

it('ids beyond 2^53 and gaps in the numbers of classes stay as they are in COCO', async () => {
  const id = '900100448263900100448263';
  const square: Shape = {
    parts: [
      [
        [
          [0, 0],
          [9, 0],
          [9, 9],
          [0, 9],
        ],
      ],
    ],
  };
  const images = [
    {
      file: 'a.png',
      size,
      id: '9007199254740993',
      objects: [
        { label: 'a', shape: square, id },
        { label: 'b', shape: square, id: '2' },
      ],
    },
  ];
  const set = {
    classes: [
      { number: 3, name: 'a' },
      { number: 90, name: 'b' },
    ],
    images,
    notes: [],
  };
  const read = await back(set, FORMATS.coco, plain);
  expect(read.classes).toEqual(set.classes);
  expect(read.images[0]).toMatchObject({ id: '9007199254740993', objects: [{ id }, { id: '2' }] });
});

it('more than 254 classes and objects are numbers of 16 bits', async () => {
  const many = Array.from({ length: 300 }, (_, i) => ({
    number: i + 1,
    name: `class ${String(i + 1).padStart(3, '0')}`,
  }));
  const dot = (i: number): Shape => ({
    bitmap: { left: i % 50, top: Math.floor(i / 50), width: 1, height: 1, runs: Uint32Array.of(0, 1) },
  });
  const objects = [
    ...many.map(({ name }, i) => ({ label: name, shape: dot(i) })),
    { label: '__ignore__', shape: dot(1000) },
  ];
  const set = { classes: many, images: [{ file: 'a.png', size, objects }], notes: [] };
  for (const name of ['folder', 'voc'] as const) {
    const read = await back(set, FORMATS[name], plain);
    expect(rasteriseImage(read.images[0], size, read.classes)).toEqual(
      rasteriseImage(set.images[0], size, many),
    );
    expect(read.images[0].objects).toHaveLength(301);
  }
});

it('a map of classes becomes polygons, an object for each part, and the same map again', () => {
  fc.assert(
    fc.property(shapes, (some) => {
      const { images } = setOf(some, []);
      const map = rasteriseImage(images[0], size, classes);
      const objects = objectsOfMask(map, classes);
      expect(rasteriseImage({ objects }, size, classes)).toEqual(map);
    }),
    { numRuns: 20 },
  );
});
