import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/annotations/format.ts';
import { FORMATS, formatOf } from '../../src/annotations/formats.ts';
import { rasteriseImage } from '../../src/annotations/label-map.ts';
import { areaOf } from '../../src/annotations/rasterise.ts';
import { settle } from '../../src/annotations/settle.ts';
import type { ImageSize } from '../../src/annotations/source.ts';
import { refusal } from '../support/expect-user-error.ts';
import { memorySource } from '../support/memory-source.ts';

type Sizes = Readonly<Record<string, ImageSize | readonly [number, number]>>;

async function read(name: FormatName, files: Record<string, string>, images: Sizes = { 'a.png': [20, 10] }) {
  const source = memorySource(files, images);
  return settle(await FORMATS[name].read(source), source);
}

const square = [1, 1, 5, 1, 5, 5, 1, 5];

function cocoText({
  annotation = {},
  image = {},
  categories = [{ id: 1, name: 'cell' }] as unknown[],
} = {}): string {
  return JSON.stringify({
    images: [{ id: 1, file_name: 'a.png', width: 20, height: 10, ...image }],
    annotations: [{ id: 7, image_id: 1, category_id: 1, segmentation: [square], ...annotation }],
    categories,
  });
}

describe('COCO', () => {
  it.each([
    ['an unknown image', { annotation: { image_id: 2 } }, 'IN/i.json, annotation 7: got the image id 2'],
    ['an unknown category', { annotation: { category_id: 5 } }, 'annotation 7: got the category 5'],
    ['half a point', { annotation: { segmentation: [[1, 1, 5]] } }, 'annotation 7, polygon 1: got 3 numbers'],
    [
      'no number',
      { annotation: { segmentation: [[1, 1, 5, null, 2, 2]] } },
      'polygon 1, point 2: got [5,null]',
    ],
    [
      'run lengths of a wrong sum',
      { annotation: { segmentation: { size: [10, 20], counts: [5, 6] } } },
      'annotation 7: got run lengths of 11 pixels, expected 200',
    ],
    [
      'run lengths of another image',
      { annotation: { segmentation: { size: [20, 10], counts: [200] } } },
      'run lengths of 10 x 20 pixels, expected 20 x 10',
    ],
    [
      'another image',
      { image: { width: 40, height: 20 } },
      'image a.png: got 20 x 10 pixels, expected 40 x 20',
    ],
    ['no file name', { image: { file_name: 3 } }, 'IN/i.json, images[0].file_name'],
  ])('refuses %s, with file and place', async (_, given, message) => {
    expect(await refusal(read('coco', { 'i.json': cocoText(given) }))).toContain(message);
  });

  it('refuses damaged JSON, with line and column', async () => {
    const cut = '{"images": [],\n "annotations": [NaN]}';
    expect(await refusal(read('coco', { 'i.json': cut }))).toMatch(
      /IN\/i.json, line 2, column 18: got no JSON \(Unexpected token/,
    );
  });

  it('tells what it leaves out or cuts off', async () => {
    const set = await read('coco', {
      'i.json': JSON.stringify({
        images: [
          { id: 1, file_name: 'dir\\a.png' },
          { id: 2, file_name: 'lost.png', width: 4, height: 4 },
        ],
        annotations: [
          { id: 1, image_id: 1, category_id: 0, segmentation: [[15, 5, 30, 5, 30, 8, 15, 8]] },
          { id: 2, image_id: 1, category_id: 0, segmentation: [[1, 1, 2, 2]] },
          { id: 3, image_id: 1, category_id: 0, segmentation: [] },
          { id: 4, image_id: 1, category_id: 0, segmentation: [[30, 1, 40, 1, 40, 5]] },
          { id: 5, image_id: 1, category_id: 0, segmentation: square },
          { id: 6, image_id: 1, category_id: 0, keypoints: [1, 1, 2] },
        ],
        categories: [{ id: 0, name: 'cell' }],
      }),
    });
    expect(set.notes).toEqual([
      '1 outline has less than three points: left out',
      '2 annotations have boxes only, no outline: left out',
      '1 annotation has key points: left out',
      'category ids are numbered anew from 1, as some are no numbers from 1 to 65534',
      '1 image is not there: lost.png',
      '1 object reaches beyond the image: cut off at its edge',
      '1 object lies outside of the image: left out',
    ]);
    expect(set.images[0].objects!.map(({ shape }) => areaOf(shape))).toEqual([15, 16]);
    expect(set.classes).toEqual([{ number: 1, name: 'cell' }]);
  });

  it('turns what was annotated on the image as it is stored', async () => {
    const upright = { width: 20, height: 10, orientation: 6 };
    // In the stored image of 10 x 20 the upper left pixel: the upper right one when upright.
    const given = {
      image: { width: 10, height: 20 },
      annotation: { segmentation: [[0, 0, 1, 0, 1, 1, 0, 1]] },
    };
    const set = await read('coco', { 'i.json': cocoText(given) }, { 'a.png': upright });
    expect(set.notes).toEqual([
      '1 image is annotated as stored, not as shown by the EXIF orientation: turned',
    ]);
    const { data } = rasteriseImage(set.images[0], upright, set.classes);
    expect(data.indexOf(1)).toBe(19);
  });
});

const labelmeText = (shape: object, more = {}) =>
  JSON.stringify({
    shapes: [
      {
        label: 'x',
        points: [
          [1, 1],
          [5, 5],
        ],
        ...shape,
      },
    ],
    imagePath: '..\\a.png',
    imageHeight: 10,
    imageWidth: 20,
    ...more,
  });

it.each([
  [
    'an unknown shape',
    labelmeText({ shape_type: 'cube' }),
    'IN/j/a.json, shape 1 (x): got the shape type "cube"',
  ],
  ['a broken mask', labelmeText({ shape_type: 'mask', mask: '??' }), 'a mask that is no base64'],
  ['a mask that is no PNG', labelmeText({ shape_type: 'mask', mask: 'aaaa' }), 'cannot be read as PNG'],
  [
    'a circle of three points',
    labelmeText({
      shape_type: 'circle',
      points: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    }),
    'got 3 points, expected 2',
  ],
])('LabelMe: refuses %s', async (_, text, message) => {
  expect(await refusal(read('labelme', { 'j/a.json': text }))).toContain(message);
});

const yaml = 'path: ../elsewhere\ntrain: images\nnames: [cell, "dead: cell"]\n';

it.each([
  ['a class without a name', '2 0 0 1 0 1 1', 'IN/labels/a.txt, line 1: got the class 2'],
  ['half a point', '1 0 0 1 0 1 1 0.5', 'line 1: got 7 numbers'],
  ['pixels', '0 0 0 19 0 19 9', 'line 1: got the coordinate 19'],
  ['a word', '0 0 0 nan 0 1 1', 'line 1: got "nan"'],
])('YOLO: refuses %s', async (_, text, message) => {
  const refused = read('yolo', { 'data.yaml': yaml, 'labels/a.txt': text }, { 'images/a.png': [20, 10] });
  expect(await refusal(refused)).toContain(message);
});

it('YOLO: boxes are told, images without a file are not annotated', async () => {
  const images: Sizes = { 'images/a.png': [20, 10], 'images/b.png': [20, 10], 'images/c.png': [20, 10] };
  const set = await read(
    'yolo',
    { 'data.yaml': yaml, 'labels/a.txt': '0 .5 .5 .1 .1\n1 0 0 1 0 1 1\n', 'labels/b.txt': '' },
    images,
  );
  expect(set.images.map(({ objects }) => objects?.length)).toEqual([1, 0, undefined]);
  expect(set.notes).toEqual([
    '1 line is a box, without an outline: left out',
    '1 image has no file of labels: it counts as not annotated',
  ]);
});

const cvatText = (inside: string) =>
  `<?xml version="1.0"?>\n<annotations>\n<image id="0" name="a.png" width="20" height="10">\n${inside}\n</image></annotations>`;

it.each([
  ['XML that is cut', cvatText('<box').slice(0, 110), /IN\/a.xml, line \d, column \d+: got no XML/],
  [
    'runs of a wrong sum',
    cvatText('<mask label="x" left="0" top="0" width="3" height="2" rle="0, 5"/>'),
    /line 4, mask of a.png, rle: got run lengths of 5 pixels, expected 6/,
  ],
  ['no number', cvatText('<polygon label="x" points="1,1;2,x;3,3"/>'), /line 4, polygon of a.png: got "x"/],
  [
    'a box without a side',
    cvatText('<box label="x" xtl="0" ytl="0" xbr="3"/>'),
    /line 4, box of a.png, ybr: got nothing/,
  ],
  ['a video', '<annotations><track/></annotations>', /tracks of a video/],
])('CVAT: refuses %s', async (_, text, message) => {
  expect(await refusal(read('cvat', { 'a.xml': text }))).toMatch(message);
});

it('CVAT: layers decide what lies above, turned boxes and ellipses have their areas', async () => {
  const set = await read('cvat', {
    'a.xml': cvatText(
      '<box label="x" xtl="2" ytl="2" xbr="8" ybr="6" rotation="90" z_order="1"/><mask label="y" left="0" top="0" width="20" height="10" rle="0, 200" z_order="0"/><ellipse label="y" cx="14" cy="5" rx="4" ry="4"/>',
    ),
  });
  expect(set.images[0].objects!.map(({ label, shape }) => [label, areaOf(shape)])).toEqual([
    ['y', 200],
    ['y', 52],
    ['x', 24],
  ]);
  const { data } = rasteriseImage(set.images[0], { width: 20, height: 10 }, set.classes);
  expect([data[1 * 20 + 3], data[2 * 20 + 2]]).toEqual([1, 2]);
});

it('Label Studio: several annotations of one image, and turned images, are refused', async () => {
  const one = { result: [] };
  const twice = JSON.stringify([{ data: { image: 'a.png' }, annotations: [one, one] }]);
  expect(await refusal(read('labelstudio', { 'a.json': twice }))).toContain(
    'IN/a.json, task 1: got 2 annotations of one image',
  );
  const turned = {
    type: 'polygonlabels',
    value: { points: [[0, 0]], polygonlabels: ['x'] },
    image_rotation: 90,
  };
  const text = JSON.stringify([{ data: { image: 'a.png' }, annotations: [{ result: [turned] }] }]);
  expect(await refusal(read('labelstudio', { 'a.json': text }))).toContain(
    'task 1, result 1: got an image turned by 90 degrees',
  );
});

it('GeoJSON: points that are none are refused, what has no class or area is told', async () => {
  const feature = (coordinates: unknown, type = 'Polygon') => ({
    type: 'Feature',
    geometry: { type, coordinates },
    properties: {},
  });
  const ring = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 0],
  ];
  const bad = JSON.stringify({
    type: 'FeatureCollection',
    features: [
      feature([
        [
          [0, 0],
          ['x', 1],
          [1, 1],
        ],
      ]),
    ],
  });
  expect(await refusal(read('geojson', { 'a.geojson': bad }))).toContain(
    'feature 1, ring 1, point 2: got ["x",1]',
  );
  const good = JSON.stringify({
    type: 'FeatureCollection',
    features: [feature([ring]), feature([1, 2], 'Point')],
  });
  const set = await read('geojson', { 'a.geojson': good });
  expect(set.notes).toEqual([
    '1 object has no class: called "Unclassified"',
    '1 feature of type "Point", which has no area: left out',
  ]);
  expect(set.images[0].objects).toMatchObject([
    { label: 'Unclassified', shape: { parts: [[ring.slice(0, 3)]] } },
  ]);
});

it('two images of one name are refused', async () => {
  const images: Sizes = { 'x/a.png': [20, 10], 'y/a.png': [20, 10] };
  expect(await refusal(read('coco', { 'i.json': cocoText() }, images))).toContain(
    'image a.png: got 2 files of that name (x/a.png, y/a.png)',
  );
});

it('what is there decides on the format; two or none are refused with the flag', async () => {
  const two = memorySource({ 'i.json': cocoText(), 'a.xml': cvatText('') });
  expect(await refusal(formatOf(two))).toBe(
    'IN: got coco (i.json) and cvat (a.xml), expected one format; say which is meant: --from coco',
  );
  expect(await refusal(formatOf(memorySource({ 'a.txt': '' })))).toContain('--from NAME says what it is');
});
