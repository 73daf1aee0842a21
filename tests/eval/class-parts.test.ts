import { describe, expect, test } from 'vitest';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { cleanClasses } from '../../src/eval/class-parts.ts';
import { PLAIN_RULE } from '../../src/eval/mask-rule.ts';
import { losses } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';

const WIDTH = 8;
/** `.` is the background. */
const SIGNS = '.abc';
const read = (rows: readonly string[]) => Uint8Array.from(rows.join(''), (sign) => SIGNS.indexOf(sign));
const written = (labels: Uint8Array) =>
  Array.from({ length: labels.length / WIDTH }, (_, y) =>
    Array.from(labels.subarray(y * WIDTH, (y + 1) * WIDTH), (label) => SIGNS[label]).join(''),
  );
const sizeOf = (rows: readonly string[]) => ({ height: rows.length, width: WIDTH });

/** @param parts from how many pixels on parts stay; @param holes from how many on holes stay; @param all whether `.` is a class as any other */
function cleaned(rows: readonly string[], { parts = 0, holes = 0, all = false }) {
  const labels = read(rows);
  const area = labels.length;
  cleanClasses(labels, sizeOf(rows), { fillHoles: holes / area, minArea: parts / area }, all ? undefined : 0);
  return written(labels);
}

describe('classes that exclude each other', () => {
  const picture = [
    'aaaa..c.', //
    'a..a....',
    'ab.abbbb',
    'aaaab..b',
    '....bbbb',
    'aa......',
  ];

  test('keep all without a rule', () => {
    expect(cleaned(picture, {})).toEqual(picture);
  });

  test('parts that are too small go to what surrounds them most', () => {
    expect(cleaned(picture, { parts: 3 })).toEqual([
      'aaaa....', //
      'a..a....',
      // At two sides an a, at two the background, which is the first.
      'a..abbbb',
      'aaaab..b',
      '....bbbb',
      '........',
    ]);
    const inside = ['aaaaaaaa', 'aabcaa..', 'aaaaaaaa'];
    expect(cleaned(inside, { parts: 2 })).toEqual(['aaaaaaaa', 'aaaaaa..', 'aaaaaaaa']);
    expect(cleaned(['ab......', 'ba......'], { parts: 3 })).toEqual(['........', '........']);
  });

  test('holes are of the background, and go to the class around them', () => {
    expect(cleaned(picture, { holes: 4 })).toEqual([
      'aaaa..c.', //
      'aaaa....',
      'abaabbbb',
      'aaaabbbb',
      '....bbbb',
      'aa......',
    ]);
    expect(cleaned(picture, { holes: 3 })[1]).toBe('a..a....');
    // An object within another is none.
    const nucleus = ['aaaaaaaa', 'aaabbaaa', 'aaaaaaaa'];
    expect(cleaned(nucleus, { holes: 24 })).toEqual(nucleus);
  });

  test('without a background there are no holes, and what nothing surrounds stays', () => {
    expect(cleaned(['aaaaaaaa', 'aa..aaaa', 'aaaaaaaa'], { holes: 9, all: true })[1]).toBe('aa..aaaa');
    expect(
      cleaned(
        ['aabb', 'bbaa'].map((row) => row + row),
        { parts: 16, all: true },
      ),
    ).toEqual(['aabbaabb', 'bbaabbaa']);
  });
});

describe('an objective of several classes', () => {
  const labelling = {
    ...{ ...ONE_OBJECT, maskValues: 'classes' as const },
    classes: ['background', 'a', 'b'].map((name, number) => ({ number, name, colour: `#00000${number}` })),
  };
  const rows = ['aaaa....', 'a..a...b', 'aaaa....', '........'];
  const size = sizeOf(rows);
  const labels = read(rows);
  const output = new Float32Array(3 * labels.length);
  for (const [i, label] of labels.entries()) output[label * labels.length + i] = 1;
  const rule = { ...PLAIN_RULE, fillHoles: 3 / 32, minArea: 2 / 32 };
  const clean = read(['aaaa....', 'aaaa....', 'aaaa....', '........']);
  const objective = segment(losses.bce, { labelling, rule, objects: true });

  test('makes masks, pictures, objects and scores by the rule', () => {
    expect(objective.output.pictures(output, size, size)[0].data).toEqual(clean);
    const [a, b] = objective.output.masks!(output, size, size);
    expect([a.mask, b.mask]).toEqual([clean, new Uint8Array(32)]);
    expect(objective.output.objects!(output, size, size)).toMatchObject([{ class: 'a', area: 12 }]);
    expect(objective.output.measures(output, size)).toEqual({ 'area:a': 12 / 32, 'area:b': 0 });
    const scores = objective.scoring.score({
      ...{ output, input: new Float32Array(96), size, mask: Float32Array.from(clean) },
      truth: { ...size, planes: 1, data: clean },
    });
    expect(scores).toMatchObject({ native: { dice: 1 }, network: { dice: 1 }, objects: { invented: 0 } });
    expect(scores.classes!.confusion).toEqual([
      [20, 0, 0],
      [0, 12, 0],
      [0, 0, 0],
    ]);
  });
});
