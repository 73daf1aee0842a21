import { describe, expect, test } from 'vitest';
import { benchmark } from '../../src/bench/benchmark.node.ts';
import { compared } from '../../src/bench/comparison.ts';
import { pythonWithTorch, pytorchTiming } from '../../src/bench/pytorch.node.ts';
import { benchmarkSchema } from '../../src/bench/settings.ts';
import { comparisonText } from '../../src/cli/comparison-text.ts';
import { refusal } from '../support/expect-user-error.ts';

const figures = (ms: number, mib: number) => ({
  train_step_ms: ms,
  encoder_ms: ms / 10,
  infer_ms: ms / 4,
  peak_rss_mb: mib,
});
const table = compared([
  { ours: figures(100, 500), peer: figures(900, 800) },
  { ours: figures(300, 400), peer: figures(300, 800) },
  { ours: figures(120, 600), peer: figures(240, 1000) },
]);

test('ratios are of medians: how many times as fast, and the share of the memory', () => {
  expect(table.train_step_ms).toEqual({
    ours: { median: 120, min: 100 },
    peer: { median: 300, min: 240 },
    ratio: 2.5,
  });
  expect(table.peak_rss_mb.ratio).toBe(500 / 800);
});

test('the text names both', () => {
  const lines = comparisonText({ peer: 'pytorch 2.9.1', rounds: 3, params: 1, ...table }).split('\n');
  expect(lines[0]).toBe('compared with pytorch 2.9.1, rounds: 3');
  expect(lines).toContainEqual(
    expect.stringMatching(/^training step \(ms\) +120\.0 +300\.0 +2\.50 +100\.0 +240\.0$/),
  );
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('what is missing or fails is named', async () => {
  expect(await refusal(pythonWithTorch(['no-such-python']))).toBe(
    'compare: got no PyTorch (asked no-such-python), expected python3 with torch and numpy; install them, as with python3 -m pip install torch numpy',
  );
  expect(
    await refusal(
      pytorchTiming('no-such-python', benchmarkSchema.parse({}), { family: 'mobilenetv2', train: false }),
    ),
  ).toMatch(
    /torch_unet\.py: got .*no-such-python.*, expected times as a line of JSON; run it by hand to see more$/,
  );
});

const installed = await pythonWithTorch().then(
  () => true,
  () => false,
);

describe.runIf(installed)('where PyTorch is installed', () => {
  test.each([
    ['unet', false],
    ['unet', true],
    ['pix2pix', false],
  ] as const)('%s has as many parameters there, its encoder trained: %s', async (decoder, trainEncoder) => {
    const result = await benchmark({
      ...{ decoder, trainEncoder, size: '32x64', batch: 2, runs: 1, threads: 1 },
      ...{ compare: 'pytorch', rounds: 1 },
    });
    const { compare } = result;
    expect(compare).toMatchObject({
      peer: expect.stringMatching(/^pytorch \d/),
      rounds: 1,
      params: result.params,
    });
    for (const { ours, peer, ratio } of [compare!.train_step_ms, compare!.infer_ms, compare!.peak_rss_mb]) {
      expect([ours.median > 0, peer.median > 0, ratio > 0]).toEqual([true, true, true]);
    }
    expect(compare!.train_step_ms.ours.median).toBe(result.train_step_ms);
  });
});
