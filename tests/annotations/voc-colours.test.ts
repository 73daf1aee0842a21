import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { readVoc } from '../../src/annotations/formats/voc-read.ts';
import { rasteriseImage } from '../../src/annotations/label-map.ts';
import { refusal } from '../support/expect-user-error.ts';
import { memorySource } from '../support/memory-source.ts';

const size = { width: 4, height: 1 };
/** A picture in colours, one a pixel. */
const picture = (...colours: readonly (readonly number[])[]) =>
  encode({ ...size, depth: 8, channels: 3, data: Uint8Array.from(colours.flat()) });
const [black, red, green, border] = [
  [0, 0, 0],
  [128, 0, 0],
  [10, 200, 30],
  [224, 224, 192],
];
const labelmap = '# label:color_rgb:parts:actions\nbackground:0,0,0::\npolyp:10,200,30::\ntool:128,0,0::\n';

const read = (files: Record<string, string | Uint8Array>) =>
  readVoc(memorySource(files, { 'JPEGImages/a.jpg': [4, 1] }));

test('masks in colours are read by those of the label map', async () => {
  const { classes, images } = await read({
    'SegmentationClass/a.png': picture(black, red, green, border),
    // Numbers of objects are VOC's own colours.
    'SegmentationObject/a.png': picture(black, red, [0, 128, 0], border),
    'labelmap.txt': labelmap,
  });
  expect(classes).toEqual([
    { number: 1, name: 'polyp', colour: '#0ac81e' },
    { number: 2, name: 'tool', colour: '#800000' },
  ]);
  expect([...rasteriseImage(images[0], size, classes).data]).toEqual([0, 2, 1, 255]);
});

test.each([
  ['elsewhere', 'polyp:10,200,30::\nbackground:0,0,0::\ntool:128,0,0::\n'],
  ['elsewhere, by another name', 'polyp:10,200,30::\ntool:128,0,0::\nnothing:0,0,0::\n'],
  ['nowhere', 'polyp:10,200,30::\ntool:128,0,0::\n'],
])('the background is 0 where the label map has it %s', async (_, text) => {
  const { classes, images } = await read({
    'SegmentationClass/a.png': picture(black, red, green, border),
    'labelmap.txt': text,
  });
  expect(classes.map(({ name }) => name)).toEqual(['polyp', 'tool']);
  expect([...rasteriseImage(images[0], size, classes).data]).toEqual([0, 2, 1, 255]);
});

test('a mask of numbers stays one', async () => {
  const { images, classes } = await read({
    'SegmentationClass/a.png': picture([0, 0, 0], [1, 1, 1], [2, 2, 2], [255, 255, 255]),
    'labelmap.txt': labelmap,
  });
  expect([...rasteriseImage(images[0], size, classes).data]).toEqual([0, 1, 2, 255]);
});

test.each([
  ['no list', {}],
  ['another colour', { 'labelmap.txt': 'background:0,0,0::\npolyp:10,200,31::\n' }],
  ['one colour for two', { 'labelmap.txt': 'background:0,0,0::\npolyp:10,200,30::\ntool:10,200,30::\n' }],
])('colours without a number are refused: %s', async (_, files) => {
  const told = await refusal(
    read({ 'SegmentationClass/a.png': picture(black, black, green, black), ...files }),
  );
  expect(told).toContain('got colours without a number');
  expect(told).toContain('list them in labelmap.txt, a line each: name:red,green,blue');
});
