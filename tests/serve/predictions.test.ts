import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BACKGROUND, type Labelling, ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { labelsOfPrediction, matchClasses } from '../../src/serve/predictions.node.ts';
import { writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const SIZE = { width: 3, height: 1 };
const image = join(root, 'a.png');
await writePicture(image, SIZE.width, SIZE.height, new Uint8Array(9));

const classesOf = (names: readonly string[], more: Partial<Labelling> = {}): Labelling => {
  const all = more.multilabel ? names : [BACKGROUND, ...names];
  const classes = all.map((name, number) => ({ name, number, colour: '#ff0000' }));
  return { maskValues: 'classes', classes, ignore: [], multilabel: false, ...more };
};
const overlapping = { maskValues: 'light', multilabel: true } as const;
const POLYP: Labelling = {
  ...ONE_OBJECT,
  classes: [ONE_OBJECT.classes[0], { ...ONE_OBJECT.classes[1], name: 'polyp' }],
};

const withBackground = (labelling: Labelling, name: string): Labelling => ({
  ...labelling,
  classes: labelling.classes.map((each) => (each.number === 0 ? { ...each, name } : each)),
});

const labels = async (values: readonly (readonly number[])[], of: Labelling, folder: Labelling) => {
  const masks = values.map((data) => ({ ...SIZE, data: Uint8Array.from(data), channels: 1 as const }));
  const prediction = of.multilabel ? { image, masks } : { image, mask: masks[0] };
  return [...(await labelsOfPrediction(prediction, { stem: 'a', image }, matchClasses(of, folder))).data];
};

describe('a prediction is of the classes of the folder that have the same names', () => {
  test.each([
    ['a class more than before', [[255, 0, 255]], POLYP, classesOf(['tool', 'polyp']), [2, 0, 2]],
    ['several in another order', [[0, 1, 2]], classesOf(['a', 'b']), classesOf(['c', 'b', 'a']), [0, 3, 2]],
    ['one that has been named since', [[0, 255, 0]], ONE_OBJECT, POLYP, [0, 1, 0]],
    [
      'several that have been named since',
      [[0, 1, 2]],
      classesOf(['class 1', 'class 2']),
      classesOf(['a', 'b']),
      [0, 1, 2],
    ],
    [
      'one that is called "object", in another order',
      [[0, 1, 2]],
      classesOf(['object', 'tool']),
      classesOf(['tool', 'object']),
      [0, 2, 1],
    ],
    [
      'names that look like numbers, in another order',
      [[0, 1, 2]],
      classesOf(['class 2', 'x']),
      classesOf(['x', 'class 2']),
      [0, 2, 1],
    ],
    [
      'several that have been named since, the background too',
      [[0, 1, 2]],
      classesOf(['class 1', 'class 2']),
      withBackground(classesOf(['a', 'b']), 'tissue'),
      [0, 1, 2],
    ],
    [
      'an overlapping one alone, where each pixel is of one',
      [[0, 255, 0]],
      classesOf(['polyp'], overlapping),
      POLYP,
      [0, 1, 0],
    ],
    [
      'overlapping ones',
      [
        [255, 0, 0],
        [255, 0, 255],
      ],
      classesOf(['a', 'b'], overlapping),
      classesOf(['b', 'c', 'a'], overlapping),
      [1, 0, 1, 0, 0, 0, 1, 0, 0],
    ],
    [
      'one, where classes overlap now',
      [[255, 0, 0]],
      POLYP,
      classesOf(['tool', 'polyp'], overlapping),
      [0, 0, 0, 1, 0, 0],
    ],
  ])('%s', async (_, values, of, folder, expected) => {
    expect(await labels(values, of, folder)).toEqual(expected);
  });

  test.each([
    ['one without a name among several', ONE_OBJECT, classesOf(['polyp', 'tool'])],
    ['one of another name', POLYP, classesOf(['tool'])],
    [
      'one that has another name in the folder already',
      classesOf(['class 1', 'class 2']),
      classesOf(['class 2', 'x']),
    ],
    [
      'numbers that are places in a list of colours',
      classesOf(['a']),
      { ...withBackground(classesOf(['a']), 'b'), maskValues: 'colours' } as const,
    ],
    ['one that the folder has no more', classesOf(['a', 'b']), classesOf(['a'])],
    [
      'overlapping ones where each pixel is of one',
      classesOf(['a', 'b'], overlapping),
      classesOf(['a', 'b']),
    ],
  ])('refused: %s', async (_, of, folder) => {
    const values = of.multilabel
      ? [
          [0, 0, 0],
          [0, 0, 0],
        ]
      : [[0, 0, 0]];
    expect(await refusal(labels(values, of, folder))).toContain('a network of the classes');
  });
});
