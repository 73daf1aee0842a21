import { describe, expect, test } from 'vitest';
import { losses } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';

const size = { height: 8, width: 8 };
const area = 64;
const labelling = {
  maskValues: 'classes' as const,
  classes: [
    { number: 1, name: 'a', colour: '#ff0000' },
    { number: 2, name: 'b', colour: '#00ff00' },
  ],
  ignore: [255],
  multilabel: true,
};

/** Masks of two classes that overlap, and outputs that mark some pixels: rows of 8 of a, then of b. */
function image({ marked, truth, unknown }: Record<'marked' | 'truth' | 'unknown', readonly number[]>) {
  const data = new Uint8Array(2 * area);
  const output = new Float32Array(2 * area).fill(0.01);
  for (const i of truth) data[i] = 1;
  for (const i of unknown) data[i] = 255;
  for (const i of marked) output[i] = 0.99;
  return { data, output, mask: Float32Array.from(data) };
}
const pixels = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe('of classes that overlap, pixels of which one class is unknown', () => {
  test('count nowhere, in truth as in prediction', () => {
    const objective = segment(losses.bce, { labelling });
    const object = [...pixels(0, 4), ...pixels(area + 24, 16)];
    const { data, output, mask } = image({ marked: object, truth: object, unknown: pixels(24, 8) });
    const scores = objective.scoring.score({
      ...{ output, input: new Float32Array(3 * area), size, mask },
      truth: { ...size, planes: 2, data },
    });
    expect([scores.native.dice, scores.network.dice]).toEqual([1, 1]);
    const batch = { input: new Float32Array(3 * area), mask };
    const weight = objective.weight!(batch, 1);
    expect(objective.scores(output, objective.target(batch, 1), weight).dice).toBe(1);
  });

  test.each([0, 1])('are no objects of that class alone: unknown in plane %i', (plane) => {
    const objective = segment(losses.bce, { labelling, objects: true });
    const object = [...pixels(0, 4), ...pixels(area + 24, 4)];
    const marked = [...object, ...pixels(area + 48, 4)];
    const unknown = pixels(plane * area + 48, 16);
    const { data, output, mask } = image({ marked, truth: object, unknown });
    const { objects } = objective.scoring.score({
      ...{ output, input: new Float32Array(3 * area), size, mask },
      truth: { ...size, planes: 2, data },
    });
    expect(objects).toMatchObject({ found: 2, missed: 0, invented: plane === 0 ? 1 : 0 });
  });
});
