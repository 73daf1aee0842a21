import { expect, test } from 'vitest';
import { AuditImages } from '../../src/audit/audit-images.ts';
import { criterionOf } from '../../src/audit/criterion.ts';
import { objectIn } from '../../src/audit/probe-labels.node.ts';
import { type Labelling, ONE_OBJECT, UNKNOWN } from '../../src/data/masks/labelling.ts';
import { losses } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';

const classes = ['background', 'left', 'right'].map((name, number) => ({ name, number, colour: '#000000' }));
const exclusive: Labelling = { ...ONE_OBJECT, maskValues: 'classes', classes };
const overlapping: Labelling = { ...exclusive, classes: classes.slice(1), multilabel: true };

/** One row of four pixels, [channels, 1, 4]. */
const output = Float32Array.from([0.8, 0.1, 0.1, 0.2, 0.1, 0.8, 0.2, 0.2, 0.1, 0.1, 0.7, 0.6]);
const target = Float32Array.from([1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]);

test('the error is that of the channel of the class, the Dice that of its pixels', () => {
  const objective = segment(losses.dice, { labelling: exclusive });
  const [left, right] = objective.classes!.map((each) => criterionOf(objective, each));
  expect(left.error(output, target)).toBeCloseTo((0.01 + 0.04 + 0.04 + 0.64) / 4, 6);
  expect(right.error(output, target)).toBeCloseTo((0.01 + 0.01 + 0.09 + 0.36) / 4, 6);
  // Of left one of two pixels is found and nothing else; of right the one, and one too many.
  expect(left.dice!(output, target)).toBeCloseTo(2 / 3, 6);
  expect(right.dice!(output, target)).toBeCloseTo(2 / 3, 6);
  // Without a class: the mean over classes, and the error over all channels.
  expect(criterionOf(objective).dice!(output, target)).toBeCloseTo(2 / 3, 6);
});

test('pixels of which nothing is known do not count', () => {
  const objective = segment(losses.dice, {
    labelling: { ...exclusive, ignore: [255] },
  });
  const [left, right] = objective.classes!.map((each) => criterionOf(objective, each));
  // Without the last pixel, which is of left and marked as right.
  const weight = Float32Array.from([1, 1, 1, 0]);
  expect(left.error(output, target, weight)).toBeCloseTo((0.01 + 0.04 + 0.04) / 3, 6);
  expect([left, right].map(({ dice }) => dice!(output, target, weight))).toEqual([1, 1]);
  expect(criterionOf(objective).dice!(output, target, weight)).toBe(1);
});

test('images say which pixels count: not those of a border, nor those that are ignored', async () => {
  const objective = segment(losses.dice, { padded: true });
  const mask = Float32Array.from([UNKNOWN, 1, 0, UNKNOWN, 1, 1, UNKNOWN, 0]);
  const source = { batch: async () => ({ input: new Float32Array(24), mask }) };
  const images = new AuditImages(source, 2, { objective, seed: 0 });
  const { target, weight } = await images.batch([0, 1]);
  expect([...target]).toEqual([0, 1, 0, 0, 1, 1, 0, 0]);
  expect([...weight!]).toEqual([0, 1, 1, 0, 1, 1, 0, 1]);
  const whole = new AuditImages(source, 2, { objective: segment(losses.dice), seed: 0 });
  expect(await whole.batch([0, 1])).not.toHaveProperty('weight');
});

test('overlapping classes have a channel each', () => {
  const objective = segment(losses.dice, { labelling: overlapping });
  expect(objective.classes!.map(({ name, channel }) => [name, channel])).toEqual([
    ['left', 0],
    ['right', 1],
  ]);
});

test('where the object is in masks', () => {
  const seen = ({ plane, isObject }: ReturnType<typeof objectIn>) => [
    plane,
    [0, 1, 2, UNKNOWN].map((label) => Number(isObject(label))).join(''),
  ];
  expect(seen(objectIn(exclusive))).toEqual([0, '0110']);
  expect(seen(objectIn(exclusive, 'right'))).toEqual([0, '0010']);
  expect(seen(objectIn(overlapping, 'right'))).toEqual([1, '0100']);
  expect(seen(objectIn(ONE_OBJECT, 'object'))).toEqual([0, '0100']);
});
