import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectMap } from '../../src/data/masks/parts.ts';
import { PLAIN_RULE } from '../../src/eval/mask-rule.ts';
import { maskAt } from '../../src/eval/native.ts';
import { objectRow, objectScores, summariseObjects } from '../../src/eval/object-scores.ts';
import { objectsOf } from '../../src/eval/objects.ts';

/** Objects by a letter each, `.` is outside; letters that touch are one object in a mask. */
const read = (...rows: readonly string[]) =>
  Int32Array.from(rows.join(''), (sign) => (sign === '.' ? 0 : sign.charCodeAt(0)));

/** What a flood over the eight neighbours reaches, pixel by pixel: numbers in the order of the first pixels. */
function flooded(mask: Uint8Array, width: number): Int32Array {
  const numbers = new Int32Array(mask.length);
  const height = mask.length / width;
  let last = 0;
  for (const [start, on] of mask.entries()) {
    if (!on || numbers[start]) continue;
    const open = [start];
    numbers[start] = ++last;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const [dx, dy] of [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b]))) {
        const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy];
        const next = y * width + x;
        if (x < 0 || x >= width || y < 0 || y >= height || !mask[next] || numbers[next]) continue;
        numbers[next] = last;
        open.push(next);
      }
    }
  }
  return numbers;
}

const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) })
  .chain(({ width, height }) =>
    fc.record({
      size: fc.constant({ width, height }),
      // 0 to 1; about half of the pixels are in the mask.
      values: fc.array(fc.integer({ min: 0, max: 64 }), {
        minLength: width * height,
        maxLength: width * height,
      }),
    }),
  )
  .map(({ size, values }) => ({ size, probabilities: Float32Array.from(values, (value) => value / 64) }));

test('objects of several classes are numbered by their first pixels, row by row', () => {
  const size = { width: 4, height: 3 };
  const marked = (name: string, ...rows: readonly string[]) => ({
    name,
    mask: Uint8Array.from(read(...rows), (sign) => (sign ? 1 : 0)),
    probabilities: new Float32Array(12),
  });
  const found = objectsOf(
    [marked('a', '...a', '....', 'a.aa'), marked('b', '.b..', 'b...', '....')],
    size,
    size,
  );
  expect(found.map(({ object, class: of, top, left }) => [object, of, top, left])).toEqual([
    [1, 'b', 0, 0],
    [2, 'a', 0, 3],
    [3, 'a', 2, 0],
    [4, 'a', 2, 2],
  ]);
});

test('objects and their measures are those of a flood over the mask', () => {
  fc.assert(
    fc.property(pictures, fc.integer({ min: 1, max: 3 }), ({ size, probabilities }, factor) => {
      const to = { width: size.width * factor, height: size.height * factor };
      const mask = maskAt(probabilities, size, to);
      const map = objectMap(mask, to);
      const expected = flooded(mask, to.width);
      expect([...map]).toEqual([...expected]);
      const objects = objectsOf([{ mask, probabilities, name: 'thing' }], size, to);
      expect(objects).toHaveLength(expected.reduce((most, number) => Math.max(most, number), 0));
      for (const { object, area, left, top, width, height, x, y, ...rest } of objects) {
        const pixels = [...expected.keys()].filter((at) => expected[at] === object);
        const xs = pixels.map((at) => at % to.width);
        const ys = pixels.map((at) => Math.floor(at / to.width));
        const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
        expect({ area, left, top, right: left + width, bottom: top + height }).toEqual({
          area: pixels.length,
          left: Math.min(...xs),
          top: Math.min(...ys),
          right: Math.max(...xs) + 1,
          bottom: Math.max(...ys) + 1,
        });
        expect(x).toBeCloseTo(mean(xs) + 0.5, 9);
        expect(y).toBeCloseTo(mean(ys) + 0.5, 9);
        if (factor === 1)
          expect(rest.probability).toBeCloseTo(mean(pixels.map((at) => probabilities[at])), 6);
        expect(rest.class).toBe('thing');
      }
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('a mask without pixels has no objects; one of a single pixel has one', () => {
  const size = { width: 1, height: 1 };
  const of = (p: number) => {
    const probabilities = Float32Array.of(p);
    return objectsOf(
      [{ mask: maskAt(probabilities, size, size), probabilities, name: 'object' }],
      size,
      size,
    );
  };
  expect(of(0.4)).toEqual([]);
  expect(of(0.5)).toEqual([
    {
      ...{ object: 1, class: 'object', area: 1, left: 0, top: 0, width: 1, height: 1 },
      ...{ x: 0.5, y: 0.5, probability: 0.5 },
    },
  ]);
});

test('the mean probability is that at the image size, filled holes included', () => {
  const rule = { ...PLAIN_RULE, fillHoles: 0.2 };
  const ring = Float32Array.of(1, 1, 1, 1, 0.1, 1, 1, 1, 1);
  const size = { width: 3, height: 3 };
  const mask = maskAt(ring, size, size, 1, rule);
  const [object, ...others] = objectsOf([{ mask, probabilities: ring, name: 'object' }], size, size);
  expect(others).toEqual([]);
  expect(object.area).toBe(9);
  expect(object.probability).toBeCloseTo(8.1 / 9, 6);
});

describe('objects that are found, missed and invented', () => {
  test.each([
    ['nothing on either side', ['....'], ['....'], [0, 0, 0], [1, 1, 1, 1]],
    ['nothing predicted', ['....'], ['aa.b'], [0, 2, 0], [0, 0, 0, 0]],
    ['nothing true', ['aa.b'], ['....'], [0, 0, 2], [0, 0, 0, 0]],
    ['the same', ['aa.b'], ['cc.d'], [2, 0, 0], [1, 1, 1, 1]],
    ['exactly a half', ['aa..'], ['a...'], [1, 0, 0], [1, 1, 1, 0.5]],
    ['just below a half', ['aaa.....'], ['.bbbb...'], [0, 1, 1], [0, 0, 0, 0]],
    [
      'one that is two halves: it finds one of them',
      ['aaaa'],
      ['bbcc'],
      [1, 1, 0],
      [1, 0.5, 2 / 3, 0.5 / 1.5],
    ],
    ['two halves of one: one of them finds it', ['bbcc'], ['aaaa'], [1, 0, 1], [0.5, 1, 2 / 3, 0.5 / 1.5]],
    ['the better of two', ['aaaab'], ['ccccc'], [1, 0, 1], [0.5, 1, 2 / 3, 0.8 / 1.5]],
    ['some of each', ['aa.bbb.c'], ['dd.ee.f.'], [2, 1, 1], [2 / 3, 2 / 3, 2 / 3, (1 + 2 / 3) / 3]],
  ])('%s', (_, predicted, actual, counts, shares) => {
    const { found, missed, invented, ...rest } = objectScores(read(...predicted), read(...actual));
    expect([found, missed, invented]).toEqual(counts);
    const { precision, recall, f1, pq, ious } = rest;
    for (const [i, share] of [precision, recall, f1, pq].entries()) expect(share).toBeCloseTo(shares[i], 12);
    expect(ious).toHaveLength(found);
  });

  test('no other matching, one to one, finds more', () => {
    const map = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(map, map, (predicted, actual) => {
        const { found, missed, invented } = objectScores(predicted, actual);
        const [mine, theirs] = [predicted, actual].map((numbers) =>
          [...new Set(numbers)].filter((n) => n > 0),
        );
        expect([found + missed, found + invented]).toEqual([theirs.length, mine.length]);
        expect(found).toBe(mostMatches(mine, theirs, predicted, actual));
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

/** Tries every match of the first object, and none. */
function mostMatches(
  [first, ...rest]: number[],
  theirs: number[],
  predicted: readonly number[],
  actual: readonly number[],
): number {
  if (first === undefined) return 0;
  const matches = theirs.filter((other) => {
    const both = predicted.filter((p, i) => p === first && actual[i] === other).length;
    const either = predicted.filter((p, i) => p === first || actual[i] === other).length;
    return 2 * both >= either;
  });
  return Math.max(
    mostMatches(rest, theirs, predicted, actual),
    ...matches.map(
      (match) =>
        1 +
        mostMatches(
          rest,
          theirs.filter((other) => other !== match),
          predicted,
          actual,
        ),
    ),
  );
}

test('over images all objects are counted together, and images one by one', () => {
  const scores = [
    objectScores(read('aa.b'), read('cc.d')),
    objectScores(read('aa..'), read('a..b')),
    objectScores(read('....'), read('....')),
  ];
  const { images, ...all } = summariseObjects(scores);
  expect(all).toEqual({
    ...{ found: 3, missed: 1, invented: 0, precision: 1, recall: 0.75, f1: 6 / 7 },
    ...{ pq: 2.5 / 3.5, iou: 2.5 / 3 },
  });
  expect(images.f1.mean).toBeCloseTo((1 + 2 / 3 + 1) / 3, 12);
  expect(summariseObjects(scores.slice(2))).not.toHaveProperty('iou');
  expect(objectRow(scores[1])).toEqual({
    ...{ found: 1, missed: 1, invented: 0, object_f1: 0.666667 },
    ...{ object_precision: 1, object_recall: 0.5, object_pq: 0.333333 },
  });
});
