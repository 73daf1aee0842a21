import { describe, expect, test } from 'vitest';
import { profileOf } from '../../src/bench/profile.ts';
import { modelRuns, type ProfileEvent } from '../../src/bench/profile-events.ts';
import { workOf } from '../../src/bench/work.ts';
import { profileText } from '../../src/cli/profile-text.ts';

type Shapes = readonly (readonly number[])[];

const node = (name: string, operator: string, dur: number, inputs: Shapes = [], outputs: Shapes = []) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur,
  args: {
    op_name: operator,
    input_type_shape: inputs.map((float) => ({ float })),
    output_type_shape: outputs.map((float) => ({ float })),
  },
});

const x = [2, 4, 5, 5];
const w = [8, 4, 3, 3];
const y = [2, 8, 5, 5];
/** 2 * (2 * 8 * 5 * 5) * (4 * 3 * 3) */
const CONV = 28_800e-9;

/** A run whose nodes take `dur` times their usual time, and 40 µs between them. */
function run(dur: number): ProfileEvent[] {
  return [
    node('decoder.blocks.10/conv', 'Conv', 20 * dur, [x, w], [y]),
    node('decoder.blocks.2/relu', 'Relu', 5 * dur, [y], [y]),
    { cat: 'Session', name: 'SequentialExecutor::Execute', dur: 1 },
    node('gradient/decoder.blocks.10/conv/convTranspose/Conv', 'Conv', 30 * dur, [x, w], [y]),
    node('encoder/relu6_nchwc', 'Conv', 10 * dur, [x, w], [y]),
    node('next/decoder.blocks.2.conv1.0.weight', 'Sub', 2 * dur),
    node('clip/mul', 'Mul', dur),
    node('gradient/loss/mul', 'Mul', dur),
    node('ReorderOutput_token_7', 'ReorderOutput', dur),
    { cat: 'Session', name: 'model_run', dur: 70 * dur + 40 },
  ];
}

const profile = profileOf(modelRuns([{ name: 'model_loading_array', dur: 9 }, ...[1, 9, 2].flatMap(run)]));

describe('tables of a made-up profile', () => {
  test('times are medians over the runs', () => {
    expect(profile.runs).toBe(3);
    expect(profile.step_ms).toBeCloseTo(0.18);
    expect(profile.nodes_ms).toBeCloseTo(0.14);
    expect(profile.between_ms).toBeCloseTo(0.04);
  });

  test('layers come in the order of the forward pass, with what is done backward beside it', () => {
    const none = { gflop: 0 };
    const row = (layer: string, forward: number, backward: number, convolutions: object) => ({
      layer,
      forward_ms: expect.closeTo(forward),
      backward_ms: expect.closeTo(backward),
      ...convolutions,
    });
    const conv = (count: number, ms: number) => ({
      gflop: expect.closeTo(count * CONV, 12),
      gflop_per_s: expect.closeTo((count * CONV * 1000) / ms, 9),
    });
    expect(profile.layers).toEqual([
      row('encoder', 0.02, 0, conv(1, 0.02)),
      row('decoder.blocks.2', 0.01, 0, none),
      row('decoder.blocks.10', 0.04, 0.06, conv(2, 0.1)),
      row('loss', 0, 0.002, none),
      row('optimizer', 0.006, 0, none),
      row('runtime', 0.002, 0, none),
    ]);
    expect(profile.convolutions.gflop).toBeCloseTo(3 * CONV, 12);
    expect(profile.convolutions.ms).toBeCloseTo(0.12);
  });

  test('operators and nodes come slowest first', () => {
    expect(profile.operators.map(({ operator, count }) => [operator, count])).toEqual([
      ['Conv', 3],
      ['Relu', 1],
      ['Sub', 1],
      ['Mul', 2],
      ['ReorderOutput', 1],
    ]);
    expect(profile.operators[0].share).toBeCloseTo(6 / 7);
    expect(profile.slowest[0]).toEqual({
      node: 'gradient/decoder.blocks.10/conv/convTranspose/Conv',
      operator: 'Conv',
      inputs: [x, w],
      outputs: [y],
      ms: expect.closeTo(0.06),
      gflop: expect.closeTo(CONV, 12),
      gflop_per_s: expect.closeTo(CONV / 60e-6, 9),
    });
    expect(profile.slowest.map(({ ms }) => ms)).toEqual(
      profile.slowest.map(({ ms }) => ms).sort((a, b) => b - a),
    );
  });

  test('the text fits into 100 columns, however long the names are', () => {
    const long = node(`gradient/decoder.blocks.0/${'conv/'.repeat(30)}`, 'Concat', 9e6, Array(20).fill(y), [
      y,
    ]);
    const lines = profileText(profileOf(modelRuns([long, ...run(1)]))).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines).toContainEqual(expect.stringMatching(/^decoder\.blocks\.0 +0\.00 +9000\.00 +- +-$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}Conv 2x4x5x5, 8x4x3x3 -> 2x8x5x5$/));
  });
});

describe('multiplications and additions', () => {
  test.each<[string, string, Shapes, readonly number[], number | undefined]>([
    ['a convolution', 'Conv', [x, w, [8]], y, 28_800],
    ['each channel by itself', 'Conv', [x, [4, 1, 3, 3]], x, 2 * 200 * 9],
    ['a transposed convolution', 'ConvTranspose', [x, [4, 8, 3, 3]], [2, 8, 10, 10], 2 * 200 * 8 * 9],
    [
      'a product',
      'MatMul',
      [
        [3, 5, 7],
        [7, 2],
      ],
      [3, 5, 2],
      2 * 3 * 5 * 7 * 2,
    ],
    ['a product with a constant', 'MatMul', [[5, 7]], [5, 2], 2 * 5 * 7 * 2],
    [
      'a transposed factor',
      'FusedMatMul',
      [
        [7, 5],
        [7, 2],
      ],
      [5, 2],
      2 * 5 * 7 * 2,
    ],
    ['weights that the runtime keeps for itself', 'Conv', [x], y, undefined],
    ['anything else', 'Add', [x, x], x, undefined],
  ])('%s', (_, operator, inputs, output, expected) => {
    const gflop = workOf({ name: 'it', operator, inputs, outputs: [output], ms: 1 });
    expect(gflop && gflop * 1e9).toEqual(expected === undefined ? undefined : expect.closeTo(expected, 3));
  });
});
