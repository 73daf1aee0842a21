import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { parseClasses, parseClassesFile } from '../../src/data/masks/classes-file.node.ts';
import { decideLabelling, type GivenLabelling } from '../../src/data/masks/decide.ts';
import { coverageOf, labelsOf, resizeCoverage } from '../../src/data/masks/label-map.ts';
import { type Labelling, ONE_OBJECT, UNKNOWN } from '../../src/data/masks/labelling.ts';
import type { RawMask, ValueKind } from '../../src/data/masks/raw-mask.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { surveyOf } from '../../src/data/masks/survey.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** A mask of the values in rows of four. */
function raw(values: readonly number[], kind: ValueKind = 'grey', more: Partial<RawMask> = {}): RawMask {
  const data = kind === 'grey' || kind === 'index' ? Uint8Array.from(values) : Uint32Array.from(values);
  return { width: 4, height: values.length / 4, kind, lossy: false, data, ...more };
}

const decide = (masks: readonly RawMask[], given: GivenLabelling = {}) =>
  decideLabelling(
    masks.map((mask, i) => ({ path: `mask-${i}`, survey: surveyOf(mask) })),
    given,
    'set',
  );
const refusal = (...args: Parameters<typeof decide>) => {
  try {
    decide(...args);
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

describe('what values mean is decided for the whole set', () => {
  test('0 and 255: white is the object', () => {
    const { labelling, told, warnings } = decide([raw([0, 0, 255, 255]), raw([0, 0, 0, 0])]);
    expect(told).toBe('masks: 0 = background, 255 = object');
    expect({ ...labelling, multilabel: false }).toEqual(ONE_OBJECT);
    expect(warnings).toEqual([]);
  });

  test('0 and one other value, also of 16 bits: that is the object', () => {
    expect(decide([raw([0, 1, 1, 0])]).told).toBe('masks: 0 = background, 1 = object');
    const deep = decide([raw([0, 65535, 0, 0], 'wide')]);
    expect(deep.told).toBe('masks: 0 = background, 65535 = object');
    expect(deep.labelling.maskValues).toBe('nonzero');
  });

  test('the name of the only class', () => {
    expect(decide([raw([0, 1, 1, 0])], { classes: [{ name: 'polyp' }] }).told).toBe(
      'masks: 0 = background, 1 = polyp',
    );
  });

  test.each([
    ['several greys', [raw([0, 128, 255, 255])]],
    ['values that differ between files', [raw([0, 1, 0, 0]), raw([0, 2, 0, 0])]],
    ['0 and 1 here, 0 and 255 there', [raw([0, 1, 0, 0]), raw([0, 255, 0, 0])]],
    ['a few numbers', [raw([0, 1, 2, 3])]],
  ])('%s are refused, with the ways to say it', (_, masks) => {
    const message = refusal(masks);
    expect(message).toContain('which may be numbers of classes, numbers of objects or greys');
    for (const way of ['classes', 'nonzero', 'light']) expect(message).toContain(way);
  });

  test('what is said is followed', () => {
    const masks = [raw([0, 128, 255, 255])];
    expect(decide(masks, { maskValues: 'light' }).told).toBe('masks: up to 127 = background, above = object');
    expect(decide(masks, { maskValues: 'nonzero' }).told).toContain('numbers of objects, all of them object');
    const { labelling, told } = decide(masks, { maskValues: 'classes' });
    expect(labelling.classes.map(({ number }) => number)).toEqual([0, 128, 255]);
    expect(told).toBe('masks: 0 = background, 128 = class 128, 255 = class 255');
  });

  test('soft edges of white on black are greys', () => {
    const edge = Array.from({ length: 24 }, (_, i) => 10 * i);
    expect(decide([raw([...edge, ...new Array<number>(40).fill(255)])]).labelling.maskValues).toBe('light');
  });

  test('many numbers, each one part: objects', () => {
    const apart = Array.from({ length: 128 }, (_, i) =>
      i % 2 === 0 && Math.floor(i / 4) % 2 === 0 ? 1 + i / 2 : 0,
    );
    const { labelling, told } = decide([raw(apart)]);
    expect(labelling.maskValues).toBe('nonzero');
    expect(told).toMatch(/^masks: 0 = background, 1 to \d+ = numbers of objects, all of them object$/);
    // The same numbers, each in two places.
    expect(refusal([raw([...apart, 0, 0, 0, 0, ...apart])])).toContain('which may be');
  });

  test('numbers of classes that are listed, with unknown pixels', () => {
    const classes = [
      { number: 0, name: 'sky' },
      { number: 1, name: 'road', colour: '#102030' },
    ];
    expect(refusal([raw([0, 1, 1, 255])], { classes })).toMatch(/got the values 255 .*--ignore 255/);
    const { labelling, told, warnings } = decide([raw([0, 1, 1, 255])], { classes, ignore: [255] });
    expect(told).toBe('masks: 0 = sky, 1 = road, 255 = unknown');
    expect(labelling.classes[1]).toEqual({ number: 1, name: 'road', colour: '#102030' });
    expect(warnings).toEqual([]);
    const more = decide([raw([0, 0, 0, 0]), raw([0, 1, 0, 0])], {
      classes: [...classes, { number: 2, name: 'tree' }],
    });
    expect(more.warnings).toEqual(['set: no mask has a pixel of tree']);
  });

  test('a palette with colours: numbers, 255 is unknown as in VOC', () => {
    const palette = Array.from({ length: 256 }, (_, i) => `#${(i * 65793).toString(16).padStart(6, '0')}`);
    const { labelling, told } = decide([raw([0, 15, 15, 255], 'index', { palette })]);
    expect(told).toBe('masks: 0 = background, 15 = class 15, 255 = unknown');
    expect(labelling.classes[1].colour).toBe('#0f0f0f');
    expect(labelling.ignore).toEqual([255]);
  });

  test('colours need a table', () => {
    const masks = [raw([0x000000, 0xff0000, 0x00ff00, 0], 'colour')];
    expect(refusal(masks)).toMatch(/got 3 colours: #000000, #00ff00, #ff0000.*classes\.yaml/);
    const classes = [
      { name: 'background', colour: '#000000' },
      { name: 'polyp', colour: '#FF0000' },
    ];
    expect(refusal(masks, { classes })).toContain('the colours #00ff00, which are no class');
    for (const maskValues of ['light', 'classes'] as const)
      expect(refusal(masks, { maskValues })).toContain('got 3 colours');
    expect(refusal([...masks, raw([0, 1, 0, 0])], { maskValues: 'classes' })).toContain(
      'some with colours (mask-0)',
    );
    const { labelling } = decide(masks, { classes, ignore: ['#00ff00'] });
    expect(labelsOf(coverageOf(masks[0], { ...labelling, multilabel: false }, 'm'))).toEqual(
      Uint8Array.of(0, 1, UNKNOWN, 0),
    );
  });

  test('nothing in any mask, everything in all of them: told', () => {
    expect(decide([raw([0, 0, 0, 0]), raw([0, 0, 0, 0])]).warnings).toEqual([
      'there is nothing in any of the 2 masks',
    ]);
    expect(decide([raw([255, 255, 255, 255])]).warnings).toEqual(['all masks are object everywhere']);
    const turned =
      '75 % of all pixels are object: if it is black in the masks, and the rest white, turn these round';
    expect(decide([raw([255, 255, 255, 0])]).warnings).toEqual([turned]);
    expect(decide([raw([255, 255, 255, 0]), raw([255, 255, 0, 0]), raw([0, 255, 0, 0])]).warnings).toEqual(
      [],
    );
  });
});

describe('labels at another size', () => {
  const three: Labelling = {
    ...ONE_OBJECT,
    maskValues: 'classes',
    classes: [0, 7, 9].map((number) => ({ number, name: `c${number}`, colour: '#000000' })),
    ignore: [255],
  };

  test('each pixel gets the class that covers most of it; none is invented', () => {
    const mask = raw([0, 0, 9, 9, 0, 0, 9, 255, 7, 7, 255, 255, 7, 9, 255, 255]);
    const small = resizeCoverage(coverageOf(mask, three, 'm'), { height: 2, width: 2 });
    expect([...labelsOf(small)]).toEqual([0, 2, 1, UNKNOWN]);
    expect([...labelsOf(coverageOf(mask, three, 'm'))].slice(4, 8)).toEqual([0, 0, 2, UNKNOWN]);
  });

  test('of one class it is the grey value cut above 127', () => {
    const greys = Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
    const labels = labelsOf(coverageOf(raw(greys), ONE_OBJECT, 'm'));
    expect([...labels]).toEqual(greys.map((grey) => (grey > 127 ? 1 : 0)));
  });

  test('a value that is no class is named', () => {
    expect(() => coverageOf(raw([0, 7, 3, 0]), three, 'file.png')).toThrow(
      /mask file\.png: got the value 3, expected one of 0 = c0, 7 = c7, 9 = c9; .*--ignore 3/,
    );
  });
});

test('lists of classes', () => {
  expect(parseClasses('polyp')).toEqual([{ name: 'polyp' }]);
  expect(parseClasses('0=sky, 2=road')).toEqual([
    { number: 0, name: 'sky' },
    { number: 2, name: 'road' },
  ]);
  expect(parseClassesFile('sky\nroad\n', 'classes.txt').classes).toEqual(parseClasses('0=sky,1=road'));
  expect(parseClassesFile('[sky, road]', 'c.yaml').classes).toEqual(parseClasses('0=sky,1=road'));
  expect(parseClassesFile('0: sky\n5: road', 'c.yaml').classes).toEqual(parseClasses('0=sky,5=road'));
  const road = { number: 3, name: 'road', colour: '#00ff00' };
  expect(parseClassesFile('- { number: 3, name: road, colour: "#00ff00" }', 'c.yaml').classes).toEqual([
    road,
  ]);
  expect(
    parseClassesFile('{ classes: [{ number: 3, name: road, colour: "#00ff00" }], ignore: 255 }', 'c.yaml'),
  ).toEqual({ classes: [road], ignore: [255] });
  expect(parseClassesFile('sky\r\nroad\r\n\r\n', 'c.txt').classes).toEqual(parseClasses('0=sky,1=road'));
  expect(() => parseClassesFile('sky\n\nroad\n', 'c.txt')).toThrow(/^c\.txt, line 2: got no name/);
  for (const wrong of ['', '3', '- { nam: road }', '[road, road]', '{ a: road }', '- {number: -1, name: a}'])
    expect(() => parseClassesFile(wrong, 'c.yaml'), wrong).toThrow(
      /^c\.yaml: got .*expected a list of classes/,
    );
});

describe('a folder of masks for each class', async () => {
  const root = await temporaryFolder();
  const png = (values: readonly number[]) =>
    sharp(Uint8Array.from(values), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
  for (const folder of ['images', 'masks/polyp', 'masks/tool'])
    await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'images/a.png'), await png([9, 9, 9, 9]));
  await writeFile(join(root, 'masks/polyp/a.png'), await png([255, 255, 0, 0]));
  await writeFile(join(root, 'masks/tool/a.png'), await png([0, 255, 255, 0]));
  const folder = await readDataFolder(root);
  const [sample] = folder.samples;

  test('may overlap: a plane each', async () => {
    const { labelling, told } = (await labellingOfFolder(folder, { multilabel: true }))!;
    expect(told).toBe('masks: a folder for each of polyp, tool, which may overlap');
    const { planes, data } = (await readMask(sample, labelling)).at();
    expect({ planes, data: [...data] }).toEqual({ planes: 2, data: [1, 1, 0, 0, 0, 1, 1, 0] });
  });

  test('else no pixel is of two classes', async () => {
    const { labelling } = (await labellingOfFolder(folder, { multilabel: false }))!;
    expect(labelling.classes.map(({ name }) => name)).toEqual(['background', 'polyp', 'tool']);
    await expect(readMask(sample, labelling)).rejects.toThrow(
      /1 pixels that are of two classes.*--multilabel/,
    );
    await writeFile(join(root, 'masks/tool/a.png'), await png([0, 0, 255, 0]));
    expect([...(await readMask(sample, labelling)).at().data]).toEqual([1, 1, 2, 0]);
  });
});
