import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { toPlanes } from '../../src/data/batch.ts';
import { decodeImageTo } from '../../src/data/decode.node.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { Predictor } from '../../src/eval/predictor.node.ts';
import { pretrain } from '../../src/index.ts';
import { ENCODER_TAPS } from '../../src/nn/encoder.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { type Architecture, parametersOf } from '../../src/nn/model.ts';
import { evaluateRun } from '../../src/runs/evaluate.node.ts';
import { ChannelMoments } from '../../src/train/channel-moments.ts';
import { freshWeights } from '../../src/train/checkpoint.node.ts';
import { type PretrainSummary, runPretraining } from '../../src/train/pretrain.node.ts';
import { resolvePretrain } from '../../src/train/resolve.node.ts';
import { startOf } from '../../src/train/start.node.ts';
import { normStatistics } from '../../src/train/statistics.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { readSplits, readWeights, weightHash } from '../support/read-run.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings: tiny } = await tinySettings(root, 24);
const settings = { ...tiny, method: 'statistics', seed: 5 } as const;
const size = { height: 32, width: 32 };
const unet: Architecture = { decoder: 'unet', decoderChannels: [8, 8, 8, 8, 8], outputs: 3 };

interface Planes {
  readonly channels: number;
  readonly side: number;
  readonly data: Float64Array;
}

/** A convolution 3x3 of a square image, padded by zeros. */
function convolved(
  { channels, side, data }: Planes,
  { shape, data: kernel }: Tensor,
  bias?: Float32Array,
): Planes {
  const [outputs] = shape;
  const made = new Float64Array(outputs * side * side);
  for (let o = 0, at = 0; o < outputs; o++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++, at++) {
        let sum = bias?.[o] ?? 0;
        for (let c = 0; c < channels; c++)
          for (let k = 0; k < 9; k++) {
            const [v, u] = [y + Math.floor(k / 3) - 1, x + (k % 3) - 1];
            if (v < 0 || u < 0 || v >= side || u >= side) continue;
            sum += data[(c * side + v) * side + u] * kernel[(o * channels + c) * 9 + k];
          }
        made[at] = sum;
      }
  return { channels: outputs, side, data: made };
}

/** Twice the size, beside a skip. */
function enlarged({ channels, side, data }: Planes, skip: Planes | undefined): Planes {
  const wide = 2 * side;
  const up = Float64Array.from({ length: channels * wide * wide }, (_, i) => {
    const [x, y, c] = [i % wide, Math.floor(i / wide) % wide, Math.floor(i / wide ** 2)];
    return data[(c * side + Math.floor(y / 2)) * side + Math.floor(x / 2)];
  });
  if (!skip) return { channels, side: wide, data: up };
  return { channels: channels + skip.channels, side: wide, data: Float64Array.from([...up, ...skip.data]) };
}

/** The decoder without any batch norm, in float64: what each norm would be given, and the output. */
function naive(taps: readonly Planes[], weights: Tensors) {
  const inputs = new Map<string, Float64Array>();
  const skips = [...taps.slice(0, -1)].reverse();
  let x = taps[taps.length - 1];
  for (let block = 0; block < 5; block++) {
    x = enlarged(x, skips[block]);
    for (const layer of [`decoder.blocks.${block}.conv1`, `decoder.blocks.${block}.conv2`]) {
      const y = convolved(x, weights.get(`${layer}.0.weight`)!);
      inputs.set(`${layer}.1`, y.data);
      x = { ...y, data: y.data.map((value) => Math.max(0, value)) };
    }
  }
  const head = 'segmentation_head.0';
  const output = convolved(x, weights.get(`${head}.weight`)!, weights.get(`${head}.bias`)!.data);
  return { inputs, output: output.data };
}

async function tapsOfImage(encoder: Tensors, image: Float32Array): Promise<Planes[]> {
  const outputs = await runGraph(encoderGraph(encoder, { ...size, batch: 1 }).outputs, {
    image: { shape: [1, 3, 32, 32], data: image },
  });
  return ENCODER_TAPS.map(({ name, channels, stride }) => ({
    channels,
    side: 32 / stride,
    data: Float64Array.from(outputs[name].data),
  }));
}

/** By two passes over all values of a channel. */
function momentsOf(parts: readonly Float64Array[], channels: number, c: number) {
  const values = parts.flatMap((part) => {
    const area = part.length / channels;
    return [...part.subarray(c * area, (c + 1) * area)];
  });
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

let summary: PretrainSummary;
let tensors: Tensors;
beforeAll(async () => {
  summary = await pretrain(settings, { out: at('run') });
  tensors = (await readWeights(at('run'), 'last')).tensors;
});

test('nothing is learned: kernels are those that training from scratch would have', async () => {
  const { train } = await readSplits(at('run'));
  expect(summary).toMatchObject({ method: 'statistics', steps: 0, epochs: 0, images: train.length });
  expect(summary.interrupted).toBe(false);
  const [images, masks] = [freshWeights(unet, 5), freshWeights({ ...unet, outputs: 1 }, 5)];
  for (const [name, { data }] of tensors) {
    if (/\.1\.[a-z_]+$/.test(name)) continue;
    expect(largestDifference(data, images.get(name)!.data), name).toBe(0);
    if (name.startsWith('decoder.')) expect(largestDifference(data, masks.get(name)!.data), name).toBe(0);
  }
});

test('each batch norm has deviation and mean of its input over the images; with them it does nothing', async () => {
  const { train, validation } = await readSplits(at('run'));
  const { weights: encoder } = await readEncoder(settings.encoder);
  const planesOf = async (stem: string) =>
    toPlanes((await decodeImageTo(at('data', 'images', `${stem}.png`), size)).image.data);
  const parts = new Map<string, Float64Array[]>();
  for (const stem of train) {
    const { inputs } = naive(await tapsOfImage(encoder, await planesOf(stem)), tensors);
    for (const [name, values] of inputs) parts.set(name, [...(parts.get(name) ?? []), values]);
  }
  expect(parts.size).toBe(10);
  for (const [name, values] of parts) {
    const [gamma, beta, runningMean, runningVariance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (kind) => tensors.get(`${name}.${kind}`)!.data,
    );
    expect(runningMean).toEqual(beta);
    for (const c of gamma.keys()) {
      const { mean, variance } = momentsOf(values, gamma.length, c);
      const deviation = Math.sqrt(variance);
      expect(Math.abs(beta[c] - mean), `mean of ${name}`).toBeLessThan(1e-4 * (deviation + Math.abs(mean)));
      expect(Math.abs(gamma[c] - Math.sqrt(variance + 1e-5)), `deviation of ${name}`).toBeLessThan(
        1e-4 * (deviation + Math.abs(mean)),
      );
      expect(runningVariance[c] / variance, `variance of ${name}`).toBeCloseTo(1, 2);
    }
  }
  // The whole network, batch norms folded in, beside the one that has none.
  const network = { architecture: unet, encoder, weights: tensors, size };
  const predictor = await Predictor.open(network, { batch: 1, threads: 1 });
  const image = await planesOf(validation[0]);
  const [output] = await predictor.run(image);
  await predictor.close();
  const expected = naive(await tapsOfImage(encoder, image), tensors).output;
  const spread = Math.max(...expected) - Math.min(...expected);
  expect(largestDifference(output, expected) / spread).toBeLessThan(1e-3);
});

test('training takes it over, and the output layer as from scratch', async () => {
  const masks: Architecture = { ...unet, outputs: 1 };
  const { initial } = await startOf(masks, { seed: 5, pretrained: at('run') });
  const scratch = freshWeights(masks, 5);
  for (const { name } of parametersOf(masks)) {
    const source = /\.1\.[a-z_]+$/.test(name) ? tensors : scratch;
    expect(largestDifference(initial.get(name)!.data, source.get(name)!.data), name).toBe(0);
  }
});

test('neither what decides learning nor the workers change a byte; the seed does', async () => {
  const hash = await weightHash(at('run'), 'last');
  const other = { ...settings, workers: 3, memory: 1, augment: false, threads: 2 };
  const { weights } = await statisticsOf({ ...other, batch: 5, epochs: 3, lr: 1 }, 'other');
  for (const [name, { data }] of tensors)
    expect(largestDifference(weights.get(name)!.data, data), name).toBe(0);
  await runPretraining({ ...settings, workers: 3 }, { out: at('again') });
  expect(await weightHash(at('again'), 'last')).toBe(hash);
  await runPretraining({ ...settings, seed: 6 }, { out: at('seed') });
  expect(await weightHash(at('seed'), 'last')).not.toBe(hash);
});

async function statisticsOf(options: Parameters<typeof runPretraining>[0], name: string) {
  await runPretraining(options, { out: at(name) });
  return { weights: (await readWeights(at(name), 'last')).tensors };
}

test.each([
  { decoder: 'pix2pix', decoderChannels: '8,8,8,8' },
  { skips: 'drop:0.5' },
  { skips: 'gated' },
  { skips: 'none' },
  { encoderRange: 'unit' },
] as const)('%j: what the network makes is finite, and moves with the image', async (changes) => {
  const name = `kind ${JSON.stringify(changes).replace(/\W/g, ' ')}`;
  const options = { ...settings, ...changes, ...('decoder' in changes && { decoderChannels: [8, 8, 8, 8] }) };
  const { weights } = await statisticsOf(options, name);
  const scales = [...weights]
    .filter(([tensor]) => /\.1\.weight$/.test(tensor))
    .flatMap(([, { data }]) => [...data]);
  expect(scales.every((scale) => Number.isFinite(scale) && scale > 0)).toBe(true);
  expect(scales.some((scale) => Math.abs(scale - 1) > 0.01)).toBe(true);
  const evaluation = await evaluateRun({ run: at(name) });
  expect(evaluation.kind === 'reconstruction' && Number.isFinite(evaluation.summary.mse.mean)).toBe(true);
});

describe('stopped and resumed', () => {
  const large = { ...settings, size: 128 } as const;

  test('what was stopped by a signal begins again, to the same bytes; what is done is left', async () => {
    const stop = new AbortController();
    stop.abort();
    const counts: number[] = [];
    const hooks = { signal: stop.signal, onStatistics: (done: number) => void counts.push(done) };
    const stopped = await pretrain(large, { out: at('stopped') }, hooks);
    expect(stopped).toMatchObject({ interrupted: true, images: 16 });
    expect(counts).toEqual([16]);
    const resumed = await pretrain({} as typeof large, { out: at('stopped'), resume: true });
    expect(resumed.images).toBeGreaterThan(16);
    expect(resumed.interrupted).toBe(false);
    await runPretraining(large, { out: at('whole') });
    expect(await weightHash(at('stopped'), 'last')).toBe(await weightHash(at('whole'), 'last'));
    const fail = () => {
      throw new Error('taken again');
    };
    const again = { out: at('whole'), resume: true };
    expect(await runPretraining(large, again, { onStatistics: fail })).toMatchObject({
      images: resumed.images,
    });
  });
});

test('the report says that nothing was learned', async () => {
  const report = await readFile(at('run', 'report.html'), 'utf8');
  expect(report).toContain('The run is complete: statistics of');
  expect(report).toContain('nothing was learned');
  expect(report).not.toMatch(/undefined|NaN|stopped before/);
  expect(existsSync(at('run', 'images', 'index.json'))).toBe(true);
});

test('what speaks of learning is refused, or told where it is not the usual', async () => {
  const resolved = (options: object) => () => resolvePretrain({ ...settings, ...options }, 1);
  expect(await refusal(resolved({ pretext: 'denoise' }))).toMatch(
    /^pretext: got denoise with --method statistics, .*leave out --pretext/,
  );
  expect(await refusal(resolved({ init: 'w.safetensors' }))).toMatch(
    /^init: got w\.safetensors with --method/,
  );
  expect((await readWeights(at('run'), 'last')).metadata).toMatchObject({
    method: 'statistics',
    start: 'random',
  });
  const { method: _, ...learning } = settings;
  await runPretraining({ ...learning, maxSteps: 1 }, { out: at('learned') });
  expect((await readWeights(at('learned'), 'last')).metadata).not.toHaveProperty('method');
});

describe('moments', () => {
  test('of parts are those of the whole, also far from 0', () => {
    const stream = new RandomStream('moments');
    const [channels, area] = [3, 10];
    const parts = [2, 1, 4].map((n) =>
      Float32Array.from({ length: n * channels * area }, () => 1000 + stream.normal()),
    );
    const moments = new ChannelMoments(channels);
    for (const part of parts) moments.add(part, area);
    const { mean, variance } = moments.values();
    for (let c = 0; c < channels; c++) {
      const values = parts.flatMap((part) =>
        [...part].filter((_, i) => Math.floor(i / area) % channels === c),
      );
      const expected = momentsOf([Float64Array.from(values)], 1, 0);
      expect(mean[c]).toBeCloseTo(expected.mean, 9);
      expect(variance[c]).toBeCloseTo(expected.variance, 6);
    }
  });

  test('of a channel that is always the same: its scale is small, not 0', async () => {
    const initial = freshWeights(unet, 0);
    const kernel = 'decoder.blocks.1.conv1.0.weight';
    initial.get(kernel)!.data.fill(0, 0, initial.get(kernel)!.data.length / 8);
    const stream = new RandomStream('images');
    const input = Float32Array.from({ length: 2 * 3 * 1024 }, () => 2 * stream.uniform() - 1);
    const source = {
      samples: ['a', 'b'].map((stem) => ({ stem, image: '' })),
      batch: async () => ({ input }),
    };
    const plan = { architecture: unet, encoder: randomEncoder(), initial, size, threads: 1 };
    const { weights } = await normStatistics(plan, source);
    const [scale, shift] = ['weight', 'bias'].map(
      (kind) => weights.get(`decoder.blocks.1.conv1.1.${kind}`)!.data,
    );
    expect([scale[0], shift[0]]).toEqual([Math.fround(Math.sqrt(1e-5)), 0]);
    expect(scale[1]).toBeGreaterThan(0.01);
  });
});
