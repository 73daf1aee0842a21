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
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { surveyOf } from '../../src/data/masks/survey.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff } from '../support/tiff.ts';

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

  test('floats are in one scale: of 0 and 1 only they are shares where others are', async () => {
    const floats = (values: readonly number[], format: 2 | 3 = 3) => {
      const data = format === 3 ? Float32Array.from(values) : Int32Array.from(values);
      return readRawMask(
        encodeTiff({ width: 4, height: values.length / 4, channels: 1, format, data }),
        'm.tif',
      );
    };
    const soft = await floats([
      ...Array.from({ length: 24 }, (_, i) => i / 25),
      ...new Array<number>(40).fill(1),
    ]);
    const hard = await floats([0, 1, 1, 0]);
    const { labelling, told } = decide([soft, hard]);
    expect(told).toBe('masks: up to 127 = background, above = object');
    expect([soft, hard].map(({ shares, kind }) => ({ shares, kind }))).toEqual([
      { shares: true, kind: 'grey' },
      { shares: false, kind: 'grey' },
    ]);
    const labels = (mask: RawMask) => [
      ...labelsOf(coverageOf(mask, { ...labelling, multilabel: false }, 'm')),
    ];
    expect(labels(hard)).toEqual([0, 1, 1, 0]);
    expect(labels(soft).filter((label) => label === 1)).toHaveLength(40 + 11);
    // By themselves, beside other numbers, and of another type they are as they were.
    expect(decide([hard]).told).toBe('masks: 0 = background, 1 = object');
    const classes = [0, 1, 2].map((number) => ({ number, name: `c${number}` }));
    expect(decide([hard, await floats([0, 2, 2, 1])], { classes }).told).toBe(
      'masks: 0 = c0, 1 = c1, 2 = c2',
    );
    expect((await floats([0, 1, 1, 0], 2)).shares).toBeUndefined();
    expect((await floats([0, 2, 1, 0])).shares).toBeUndefined();
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

  test('two classes of one number are refused, also where one of them has its place as a number', () => {
    const masks = [raw([0, 1, 2, 0])];
    expect(refusal(masks, { classes: parseClasses('2=a,b,c') })).toMatch(
      /classes of set: got the number 2 for a and for c, .*--classes 1=/,
    );
    expect(decide(masks, { classes: parseClasses('0=a,b,c') }).told).toBe('masks: 0 = a, 1 = b, 2 = c');
    const coloured = [
      { number: 1, name: 'a', colour: '#000000' },
      { name: 'b', colour: '#ff0000' },
    ];
    expect(refusal([raw([0, 0xff0000, 0, 0], 'colour')], { classes: coloured })).toContain(
      'the number 1 for a and for b',
    );
  });

  test('a palette with colours: numbers, 255 is unknown as in VOC', () => {
    const palette = Array.from({ length: 256 }, (_, i) => `#${(i * 65793).toString(16).padStart(6, '0')}`);
    const { labelling, told } = decide([raw([0, 15, 15, 255], 'index', { palette })]);
    expect(told).toBe('masks: 0 = background, 15 = class 15, 255 = unknown');
    expect(labelling.classes[1].colour).toBe('#0f0f0f');
    expect(labelling.ignore).toEqual([255]);
  });

  test('255 is unknown in files with a palette only: in grey ones it may be white', () => {
    const palette = ['#000000', '#ff0000'];
    const mixed = [raw([0, 255, 255, 0]), raw([0, 255, 0, 0]), raw([0, 1, 1, 0], 'index', { palette })];
    const message = refusal(mixed);
    expect(message).toContain('some with a palette of colours (mask-2) and some without (mask-0)');
    for (const way of ['--mask-values nonzero', '--ignore 255']) expect(message).toContain(way);
    expect(refusal(mixed, { classes: [{ name: 'polyp' }] })).toBe(message);
    expect(decide(mixed, { maskValues: 'nonzero' }).labelling.ignore).toEqual([]);
    expect(decide(mixed, { ignore: [255] }).told).toBe('masks: 0 = background, 1 = class 1, 255 = unknown');
    expect(decide([raw([0, 1, 0, 0]), mixed[2]]).told).toBe('masks: 0 = background, 1 = class 1');
  });

  test('palettes in different order are refused, those in other colours are not', () => {
    const of = (values: readonly number[], ...palette: string[]) => raw(values, 'index', { palette });
    const [black, red, green] = ['#000000', '#ff0000', '#00ff00'];
    const masks = [of([0, 1, 1, 2], black, red, green), of([0, 2, 2, 1], black, green, red)];
    expect(refusal(masks)).toMatch(
      /palettes in different order: #00ff00 is 2 in mask-0 and 1 in mask-1.*--mask-values colours/,
    );
    const classes = ['background', 'polyp', 'tool'].map((name, number) => ({ number, name }));
    expect(refusal(masks, { classes })).toBe(refusal(masks));
    expect(refusal([of([0, 1, 1, 1], black, red), of([0, 0, 0, 0], red)])).toContain(
      '#ff0000 is 1 in mask-0',
    );
    const told = 'masks: 0 = background, 1 = class 1, 2 = class 2';
    const other = decide([masks[0], of([0, 1, 2, 0], black, '#800000', '#008000')]);
    expect(other.told).toBe(told);
    expect(other.warnings).toEqual([
      'set: palettes differ: 1 is #ff0000 in mask-0 and #800000 in mask-1; numbers count, not colours',
    ]);
    expect(decide([masks[0], masks[0]]).warnings).toEqual([]);
    // Each file has a palette of its own colours only: these tell it where they are those of classes.
    const own = [of([0, 1, 1, 0], black, red), of([0, 1, 1, 0], black, green)];
    expect(decide(own).warnings[0]).toContain(
      'palettes differ: 1 is #ff0000 in mask-0 and #00ff00 in mask-1',
    );
    const coloured = classes.map((each) => ({ ...each, colour: [black, '#FF0000', green][each.number] }));
    expect(refusal(own, { classes: coloured })).toContain('#00ff00 in mask-1, and #00ff00 is tool');
    expect(decide(own, { classes: coloured, maskValues: 'colours' }).warnings).toEqual([]);
    // Only what files use counts, and nothing is said by what is ignored or black throughout.
    expect(decide([masks[0], of([0, 1, 1, 0], black, red, black, green)]).told).toBe(told);
    expect(decide([masks[0], of([0, 0, 0, 3], black, red, green, black)], { ignore: [3] }).told).toContain(
      told,
    );
    expect(decide([of([0, 1, 1, 0], black, black, red), of([0, 0, 2, 0], black, black, red)]).told).toBe(
      told,
    );
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

  describe('colours are of all files alike', () => {
    const palette = ['#808080', '#000000', '#ff0000'];
    const coloured = raw([0, 0xff0000, 0xff0000, 0x808080], 'colour');
    const grey = raw([0, 0x80, 0x80, 0xff]);
    const indexed = raw([1, 2, 0, 1], 'index', { palette });
    const classes = [
      { name: 'background', colour: '#000000' },
      { name: 'car', colour: '#ff0000' },
      { name: 'sky', colour: '#808080' },
    ];
    const ignore = ['#ffffff'];
    const labels = (mask: RawMask, given: GivenLabelling, masks: readonly RawMask[]) => [
      ...labelsOf(coverageOf(mask, { ...decide(masks, given).labelling, multilabel: false }, 'm')),
    ];

    test('also of those in grey, and of palettes where colours are asked for', () => {
      const masks = [coloured, grey, indexed];
      const given = { classes, ignore };
      expect(masks.map((mask) => labels(mask, given, masks))).toEqual([
        [0, 1, 1, 2],
        [0, 2, 2, UNKNOWN],
        [0, 1, 2, 0],
      ]);
      const asked = { classes, maskValues: 'colours' } as const;
      expect(labels(indexed, asked, [indexed])).toEqual([0, 1, 2, 0]);
      expect(decide([indexed], asked).told).toBe('masks: #000000 = background, #ff0000 = car, #808080 = sky');
    });

    test('so that colours which are no class are those of the files', () => {
      const blue = [...classes, { name: 'sea', colour: '#0000ff' }];
      expect(refusal([coloured, grey], { classes: blue })).toContain('got the colours #ffffff, which');
      const { labelling } = decide([coloured], { classes });
      for (const mask of [grey, raw([0, 3, 0, 0], 'index', { palette: [...palette, '#ffffff'] })])
        expect(() => coverageOf(mask, { ...labelling, multilabel: false }, 'm')).toThrow(
          /mask m: got the colour #ffffff.*--ignore #ffffff/,
        );
    });

    test('a colour that is ignored is, whatever else counts as the object', () => {
      const given = { maskValues: 'nonzero', ignore: ['#808080'] } as const;
      expect(labels(coloured, given, [coloured, grey])).toEqual([0, 1, 1, UNKNOWN]);
      expect(labels(grey, given, [coloured, grey])).toEqual([0, UNKNOWN, UNKNOWN, 1]);
    });
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

  test('thin strokes are known in a smaller image, though most around them is not', () => {
    const [side, small] = [64, 8];
    const stroke = (x: number) => (x === 20 ? 9 : x === 44 ? 7 : 255);
    const data = Array.from({ length: side * side }, (_, i) => stroke(i % side));
    const mask = { ...raw(data), height: side, width: side };
    const labels = labelsOf(resizeCoverage(coverageOf(mask, three, 'm'), { height: small, width: small }));
    expect([...labels.subarray(0, small)].map((label) => (label === UNKNOWN ? '.' : label)).join('')).toBe(
      '..2..1..',
    );
  });

  test('of one class it is the grey value cut above 127', () => {
    const greys = Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
    const labels = labelsOf(coverageOf(raw(greys), ONE_OBJECT, 'm'));
    expect([...labels]).toEqual(greys.map((grey) => (grey > 127 ? 1 : 0)));
  });

  test('of one class, unknown pixels are neither, whatever their grey', () => {
    for (const value of [100, 127, 128, 200, 255]) {
      const labelling = { ...ONE_OBJECT, ignore: [value] };
      const mask = raw([0, 254, value, 254, 0, 254, value, 0, value, value, 0, 0, value, 0, 0, 254]);
      const coverage = coverageOf(mask, labelling, 'm');
      expect([...labelsOf(coverage)]).toEqual(
        [0, 1, 9, 1, 0, 1, 9, 0, 9, 9, 0, 0, 9, 0, 0, 1].map((label) => (label === 9 ? UNKNOWN : label)),
      );
      // Unknown pixels do not outvote known ones: of the second and third quarter a part is known, and more of it black.
      expect([...labelsOf(resizeCoverage(coverage, { height: 2, width: 2 }))]).toEqual([0, 0, 0, 0]);
    }
  });

  test('such values cannot be told in files saved with loss', () => {
    const masks = [raw([0, 1, 128, 255], 'grey', { lossy: true })];
    expect(decide(masks).labelling.maskValues).toBe('light');
    expect(refusal(masks, { ignore: [128] })).toMatch(/got files saved with loss.*whose values.*as PNG$/);
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
  expect(parseClasses('1=Background,2=road')).toEqual([
    { number: 1, name: 'Background' },
    { number: 2, name: 'road' },
  ]);
  expect(() => parseClassesFile('background\nBackground\n', 'c.txt')).not.toThrow();
  expect(() =>
    parseClassesFile('[{ number: 0, name: _background_ }, { number: 1, name: background }]', 'c.yaml'),
  ).toThrow(/the name background twice/);
  for (const name of ['_background_', 'Background', '__BACKGROUND__'])
    expect(parseClasses(`0=${name},1=road`)).toEqual(parseClasses('0=background,1=road'));
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

  test.each([127, 200])('unknown are the pixels of %i that no other mask tells', async (value) => {
    await writeFile(join(root, 'masks/tool/a.png'), await png([value, 0, 255, value]));
    const dataOf = async (multilabel: boolean) => {
      const { labelling } = (await labellingOfFolder(folder, { multilabel, ignore: [value] }))!;
      return [...(await readMask(sample, labelling)).at().data];
    };
    expect(await dataOf(false)).toEqual([1, 1, 2, UNKNOWN]);
    expect(await dataOf(true)).toEqual([1, 1, 0, 0, UNKNOWN, 0, 1, UNKNOWN]);
  });
});
