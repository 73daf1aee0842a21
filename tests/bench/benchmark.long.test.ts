import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { benchmark } from '../../src/bench/benchmark.node.ts';
import { fewmask } from '../support/cli.ts';
import { writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const tiny = { size: '32x64', batch: 2, runs: 1, threads: 1 };

describe.each([
  ['unet', 3_575_633],
  ['pix2pix', 4_657_441],
] as const)('%s', (decoder, params) => {
  test('the parameters are counted and the figures hang together', async () => {
    const result = await benchmark({ ...tiny, decoder });
    const positive = expect.toSatisfy((x) => Number.isFinite(x) && x > 0);
    expect(result).toEqual({
      tool: expect.stringMatching(/^fewmask \d+\.\d+\.\d+, onnxruntime \d+\.\d+\.\d+$/),
      cpu: expect.any(String),
      threads: 1,
      device: 'cpu',
      block: expect.any(Number),
      decoder,
      size: '32x64',
      batch: 2,
      params,
      decoder_step_ms: positive,
      train_step_ms: positive,
      encoder_ms: positive,
      infer_ms: positive,
      train_images_per_s: 2000 / result.train_step_ms,
      infer_images_per_s: 2000 / result.infer_ms,
      peak_rss_mb: positive,
    });
  });
});

test.each([
  false,
  true,
])('a step with plain images is timed with the encoder trained: %s', async (trainEncoder) => {
  const { consistency_step_ms: both, train_step_ms: one } = await benchmark({
    ...{ ...tiny, trainEncoder, consistency: true },
  });
  expect(both).toSatisfy(Number.isFinite);
  expect([both! > 0, both !== one]).toEqual([true, true]);
});

test('an encoder that is trained from nothing learns batch norms, too', async () => {
  const one = { ...tiny, trainEncoder: true };
  const [folded, learned] = [await benchmark(one), await benchmark({ ...one, encoder: 'random' })];
  expect(learned.params).toBeGreaterThan(folded.params);
  expect(learned.infer_ms).toBeGreaterThan(0);
});

test('the command prints a table, or JSON, of an encoder that is given', async () => {
  const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
  const args = ['bench', '--size', '32', '--batch', '1', '--runs', '1', '--encoder', encoder];
  const [table, json] = await Promise.all([fewmask(args), fewmask([...args, '--json'])]);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(
    /unet, 3575633 parameters, 1 images of 32 px\ntraining step \(ms\) +\d+\.\d\n/,
  );
  expect(JSON.parse(json.stdout)).toMatchObject({ size: 32, batch: 1, decoder: 'unet' });
});

test.each([
  ['unet', 'blocks', 5, 'auto'],
  ['pix2pix', 'ups', 4, 'plain'],
] as const)('the profile of %s knows its layers', async (decoder, name, count, kernels) => {
  const { profile } = await benchmark({ ...tiny, decoder, kernels, runs: 2, profile: true });
  expect(profile?.runs).toBe(2);
  const named = profile!.layers.map(({ layer }) => layer).filter((layer) => layer !== 'runtime');
  const blocks = Array.from({ length: count }, (_, i) => `decoder.${name}.${i}`);
  expect(named).toEqual(['encoder', ...blocks, 'segmentation_head', 'loss', 'optimizer']);
  for (const { layer, forward_ms: forward, backward_ms: backward, gflop } of profile!.layers) {
    const convolves = /^(encoder|decoder|segmentation_head)/.test(layer);
    expect(gflop > 0, layer).toBe(convolves);
    if (convolves) expect([forward > 0, backward > 0], layer).toEqual([true, layer !== 'encoder']);
  }
  expect(profile!.slowest).toHaveLength(10);
  expect(profile!.operators.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});

test('what cannot be timed is named', async () => {
  expect(await refusal(benchmark({ ...tiny, size: 100 }))).toMatch(/size: got 100x100.*take 96x96/);
  expect(await refusal(benchmark({ ...tiny, runs: 0 }))).toMatch(/runs: got 0, expected number >=1/);
  expect(await refusal(benchmark({ ...tiny, encoder: join(root, 'none') }))).toMatch(
    /none: got no such file/,
  );
});
