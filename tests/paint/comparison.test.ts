import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rgbOf } from '../../src/annotations/png.ts';
import { overlap } from '../../src/eval/overlap.ts';
import { ERROR_COLOURS, ERROR_KINDS, type ErrorCounts, errorsOf } from '../../src/paint/comparison.ts';
import { UNKNOWN } from '../../src/paint/painting.ts';

const SIZE = { width: 7, height: 5 };
const AREA = SIZE.width * SIZE.height;
const plane = (labels: readonly number[]) =>
  fc
    .array(fc.constantFrom(...labels), { minLength: AREA, maxLength: AREA })
    .map((all) => Uint8Array.from(all));

/** Pixel by pixel and in words. */
function naive(truth: readonly Uint8Array[], predicted: readonly Uint8Array[]) {
  return Array.from({ length: AREA }, (_, i) => {
    const pairs = truth.map((one, k) => ({ t: one[i], p: predicted[k][i] })).filter(({ t }) => t !== UNKNOWN);
    const missed = pairs.some(({ t, p }) => t !== 0 && p !== t);
    const invented = pairs.some(({ t, p }) => p !== 0 && p !== t);
    if (missed && invented) return 'confused';
    if (missed) return 'missed';
    if (invented) return 'invented';
    return pairs.some(({ t }) => t !== 0) ? 'found' : 'nothing';
  });
}

describe('what is found, missed and invented', () => {
  const label = (kind: string) => ERROR_KINDS.find((each) => each.kind === kind)?.label ?? 0;
  test.each([
    ['one plane of several classes', 1, [0, 1, 2, 3, UNKNOWN], [0, 1, 2, 3]],
    ['classes that overlap', 3, [0, 1, UNKNOWN], [0, 1]],
  ])('%s, as a loop says it', (_, planes, actual, marked) => {
    const several = (labels: readonly number[]) =>
      fc.array(plane(labels), { minLength: planes, maxLength: planes });
    fc.assert(
      fc.property(several(actual), several(marked), (truth, predicted) => {
        const { painting, counts } = errorsOf({ ...SIZE, planes: truth }, { planes: predicted });
        const kinds = naive(truth, predicted);
        expect([...painting.planes[0]]).toEqual(kinds.map(label));
        for (const { kind } of ERROR_KINDS)
          expect(counts[kind]).toBe(kinds.filter((each) => each === kind).length);
      }),
      { numRuns: 200 },
    );
  });

  test('the counts of one class give its Dice, IoU, precision and recall', () => {
    fc.assert(
      fc.property(plane([0, 1]), plane([0, 1]), (truth, predicted) => {
        const { found, missed, invented }: ErrorCounts = errorsOf(
          { ...SIZE, planes: [truth] },
          { planes: [predicted] },
        ).counts;
        const { dice, iou } = overlap(predicted, truth);
        if (found + missed + invented === 0) return;
        expect((2 * found) / (2 * found + missed + invented)).toBeCloseTo(dice, 12);
        expect(found / (found + missed + invented)).toBeCloseTo(iou, 12);
      }),
    );
  });
});

/** What people see who lack one kind of cones, in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const COLOUR_BLIND = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* of sRGB. */
function labOf(rgb: readonly number[], matrix: readonly (readonly number[])[]) {
  const linear = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const times = (m: readonly (readonly number[])[], v: readonly number[]) =>
    m.map((row) => row.reduce((sum, factor, i) => sum + factor * v[i], 0));
  const seen = times(matrix, linear).map((value) => Math.min(1, Math.max(0, value)));
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    seen,
  ).map((value, i) => Math.cbrt(value / [0.95047, 1, 1.08883][i]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test.each(Object.entries(COLOUR_BLIND))('the colours are told apart by %s eyes', (_, matrix) => {
  const colours = ERROR_KINDS.map(({ colour }) => labOf(rgbOf(colour), matrix));
  for (const [i, one] of colours.entries())
    for (const two of colours.slice(i + 1))
      expect(Math.hypot(...one.map((value, k) => value - two[k]))).toBeGreaterThan(35);
});

test('each kind has its colour among those of an overlay', () => {
  expect(ERROR_COLOURS).toHaveLength(256);
  for (const { label, colour } of ERROR_KINDS) expect(ERROR_COLOURS[label]).toEqual(rgbOf(colour));
});
