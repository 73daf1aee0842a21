import { expect, test } from 'vitest';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { losses } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';

const size = { height: 6, width: 6 };
const AREA = 36;
const classes = ['background', 'a', 'b'].map((name, number) => ({ number, name, colour: `#00000${number}` }));
const { score, row, summarise } = segment(losses.bce, {
  labelling: { ...ONE_OBJECT, maskValues: 'classes', classes },
}).scoring;

/** An image of one class, and an output of three probabilities at all of its pixels. */
const scored = (label: number, output: readonly number[]) =>
  score({
    output: Float32Array.from({ length: 3 * AREA }, (_, i) => output[Math.floor(i / AREA)]),
    input: new Float32Array(3 * AREA),
    mask: new Float32Array(AREA).fill(label),
    truth: { ...size, planes: 1, data: new Uint8Array(AREA).fill(label) },
    size,
  });

test('probabilities count also where nothing is marked, whichever is the largest', () => {
  const { native, classes: each } = scored(0, [0.4, 0.35, 0.25]);
  expect(native).toMatchObject({ dice: 1, hd95: 0 });
  expect(native.brier).toBeCloseTo((0.35 ** 2 + 0.25 ** 2) / 2, 6);
  expect(native.ece).toBeCloseTo(0.3, 6);
  // A little more, and one is marked.
  expect(scored(0, [0.37, 0.38, 0.25]).native).toMatchObject({ dice: 0 });
  expect(scored(0, [0.37, 0.38, 0.25]).native.brier).toBeCloseTo((0.38 ** 2 + 0.25 ** 2) / 2, 6);
  expect(each!.each.map((scores) => Object.keys(scores))).toEqual([
    ['brier', 'ece'],
    ['brier', 'ece'],
  ]);
});

test('means over a set in which no class that is scored occurs are absent, not NaN', () => {
  const { set } = summarise([scored(0, [0.4, 0.35, 0.25])]);
  expect(set).toEqual({ classes: { background: { iou: 1, dice: 1 } }, accuracy: 1 });
  expect(summarise([scored(1, [0.2, 0.7, 0.1])]).set).toMatchObject({
    iou: 1,
    dice: 1,
    classes: { a: { iou: 1 } },
  });
});

test('tables have them, and summaries of a class are over the images with something of it', () => {
  const images = [scored(0, [0.4, 0.35, 0.25]), scored(1, [0.2, 0.7, 0.1])];
  expect(row(images[0])).toMatchObject({ 'dice:a': '', 'brier:a': 0.1225, 'ece:b': 0.25 });
  expect(summarise(images)).toMatchObject({
    classes: {
      a: { images: 1, native: { dice: { mean: 1 }, ece: { mean: expect.closeTo(0.3, 6) } } },
      b: { images: 0 },
    },
  });
});
