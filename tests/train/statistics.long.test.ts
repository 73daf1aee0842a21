import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import { pretrain } from '../../src/index.ts';
import { UNIT_INPUT } from '../../src/nn/encoder.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { IMAGE_HEAD, MASK_HEAD } from '../../src/nn/head.ts';
import { type Architecture, parametersOf } from '../../src/nn/model.ts';
import { parseSkips } from '../../src/nn/skips.ts';
import { unnormedGraph } from '../../src/nn/unnormed.ts';
import type { PretrainSummary } from '../../src/records/summaries.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import { ChannelMoments } from '../../src/train/channel-moments.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { startOf } from '../../src/train/start.node.ts';
import { normStatistics } from '../../src/train/statistics.node.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { readSplits, readWeights, weightHash } from '../support/read-run.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings: tiny } = await tinySettings(root, 12);
const settings = { ...tiny, method: 'statistics', seed: 5 } as const;
const size = { height: 32, width: 32 };
const unet: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: IMAGE_HEAD,
};
const ofNorm = (name: string) => /\.1\.[a-z_]+$/.test(name);

/** Features [C, side, side]. */
interface Planes {
  readonly channels: number;
  readonly side: number;
  readonly data: Float64Array;
}

/** A convolution 3x3, padded by zeros. */
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

/** The encoder's taps of images [3, 32, 32], each by itself. */
async function tapsOfImages(encoder: Tensors, images: readonly Float32Array[]): Promise<Planes[][]> {
  const batch = images.length;
  const made = await runGraph(encoderGraph(mobileNetV2, encoder, { ...size, batch }).outputs, {
    image: { shape: [batch, 3, 32, 32], data: Float32Array.from(images.flatMap((each) => [...each])) },
  });
  return images.map((_, i) =>
    mobileNetV2.taps.map(({ name, channels, stride }) => {
      const length = made[name].data.length / batch;
      const data = Float64Array.from(made[name].data.subarray(i * length, (i + 1) * length));
      return { channels, side: 32 / stride, data };
    }),
  );
}

/** Of one channel of features [C, h, w] of several images, by two passes over its values. */
function momentsOf(parts: readonly ArrayLike<number>[], channels: number, c: number) {
  const values: number[] = [];
  for (const part of parts) {
    const area = part.length / channels;
    for (let i = c * area; i < (c + 1) * area; i++) values.push(part[i]);
  }
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

/** Expects of batch norms that their scale and shift, and what they keep running, are the moments of these inputs. */
function expectMoments(weights: Tensors, inputs: ReadonlyMap<string, readonly ArrayLike<number>[]>): void {
  for (const [name, parts] of inputs) {
    const [gamma, beta, runningMean, runningVariance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (kind) => weights.get(`${name}.${kind}`)!.data,
    );
    expect(largestDifference(runningMean, beta), name).toBe(0);
    for (const c of gamma.keys()) {
      const { mean, variance } = momentsOf(parts, gamma.length, c);
      const bound = 1e-4 * (Math.sqrt(variance) + Math.abs(mean)) + 1e-9;
      expect(Math.abs(beta[c] - mean), `mean of ${name}`).toBeLessThan(bound);
      expect(Math.abs(gamma[c] - Math.sqrt(variance + 1e-5)), `deviation of ${name}`).toBeLessThan(bound);
      expect(Math.abs(gamma[c] ** 2 - runningVariance[c] - 1e-5), name).toBeLessThan(1e-6 * gamma[c] ** 2);
    }
  }
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
  const [images, masks] = [freshWeights(unet, 5), freshWeights({ ...unet, head: MASK_HEAD }, 5)];
  for (const [name, { data }] of tensors) {
    if (ofNorm(name)) continue;
    expect(largestDifference(data, images.get(name)!.data), name).toBe(0);
    if (name.startsWith('decoder.')) expect(largestDifference(data, masks.get(name)!.data), name).toBe(0);
  }
});

test('each batch norm has deviation and mean of its input over the images; with them it does nothing', async () => {
  const { train, validation } = await readSplits(at('run'));
  const { weights: encoder } = await readEncoder(settings.encoder);
  const images = await Promise.all(
    [...train, ...validation.slice(0, 1)].map(async (stem) =>
      toPlanes((await decodeImageTo(at('data', 'images', `${stem}.png`), size)).image.data),
    ),
  );
  const made = (await tapsOfImages(encoder, images)).map((taps) => naive(taps, tensors));
  const seen = made.slice(0, train.length);
  const names = [...made[0].inputs.keys()];
  expect(names).toHaveLength(10);
  expectMoments(tensors, new Map(names.map((name) => [name, seen.map(({ inputs }) => inputs.get(name)!)])));
  // The whole network, batch norms folded in, beside the one that has none, on an image that is not among them.
  const network = { architecture: unet, encoder, weights: tensors, size };
  const ensemble = await Ensemble.open([network], { batch: 1, threads: 1 });
  const [output] = await ensemble.run([images[train.length]]);
  await ensemble.close();
  const expected = made[train.length].output;
  const spread = Math.max(...expected) - Math.min(...expected);
  expect(largestDifference(output, expected) / spread).toBeLessThan(1e-3);
});

test('training takes it over, with the output layer as from scratch', async () => {
  const masks: Architecture = { ...unet, head: MASK_HEAD };
  const { initial } = await startOf(masks, await readEncoder(settings.encoder), {
    seed: 5,
    pretrained: at('run'),
  });
  const scratch = freshWeights(masks, 5);
  for (const { name } of parametersOf(masks)) {
    const source = ofNorm(name) ? tensors : scratch;
    expect(largestDifference(initial.get(name)!.data, source.get(name)!.data), name).toBe(0);
  }
});

test('what decides learning changes nothing, nor do workers and memory', async () => {
  const other = { ...settings, batch: 5, epochs: 3, lr: 1, augment: false, hue: 0.1, workers: 3, memory: 1 };
  await runPretraining(other, { out: at('other') });
  const found = (await readWeights(at('other'), 'last')).tensors;
  for (const [name, { data }] of tensors)
    expect(largestDifference(found.get(name)!.data, data), name).toBe(0);
});

describe('other networks', () => {
  const stream = new RandomStream('images');
  const input = Float32Array.from({ length: 3 * 3 * 1024 }, () => 2 * stream.uniform() - 1);
  const source = {
    samples: ['a', 'b', 'c'].map((stem) => ({ stem, image: '' })),
    batch: async () => ({ input }),
  };
  const encoder = randomEncoder();
  const statisticsOf = (architecture: Architecture, initial = freshWeights(architecture, 0)) =>
    normStatistics({ architecture, encoder, initial, size, threads: 1 }, source);

  test.each<Partial<Architecture>>([
    { decoder: 'pix2pix', decoderChannels: [8, 8, 8, 8] },
    { skips: parseSkips('drop:0.5', 4) },
    { skips: parseSkips('gated', 4), encoder: { ...mobileNetV2, input: UNIT_INPUT } },
    { skips: parseSkips('none', 4) },
  ])('%j', async (changes) => {
    const architecture = { ...unet, ...changes };
    const { weights, images } = await statisticsOf(architecture);
    expect(images).toBe(3);
    const graph = unnormedGraph(architecture, encoder, { ...size, batch: 3, weights });
    const made = await runGraph(graph.outputs, { image: { shape: [3, 3, 32, 32], data: input } });
    const parts = Object.entries(made).map(([name, { data }]) => {
      const length = data.length / 3;
      return [name, [0, 1, 2].map((i) => data.subarray(i * length, (i + 1) * length))] as const;
    });
    const norms = parametersOf(architecture).filter(({ name }) => name.endsWith('.running_var'));
    expect(parts).toHaveLength(norms.length);
    expectMoments(weights, new Map(parts));
  });

  test('a channel that is always the same: its scale is small, not 0', async () => {
    const initial = freshWeights(unet, 0);
    const kernel = initial.get('decoder.blocks.1.conv1.0.weight')!.data;
    kernel.fill(0, 0, kernel.length / 8);
    const { weights } = await statisticsOf(unet, initial);
    const [scale, shift] = ['weight', 'bias'].map(
      (kind) => weights.get(`decoder.blocks.1.conv1.1.${kind}`)!.data,
    );
    expect([scale[0], shift[0]]).toEqual([Math.fround(Math.sqrt(1e-5)), 0]);
    expect(scale[1]).toBeGreaterThan(0.01);
  });
});

test('what was stopped by a signal begins again, to the same bytes; what is done is left', async () => {
  // Six images a batch.
  const large = { ...settings, size: '160x256' } as const;
  const stop = new AbortController();
  stop.abort();
  const counts: number[] = [];
  const hooks = {
    signal: stop.signal,
    phase: { 'computing statistics': (done: number) => void counts.push(done) },
  };
  const stopped = await pretrain(large, { out: at('stopped'), ...listening(hooks) });
  expect(stopped).toMatchObject({ interrupted: true, images: 6 });
  expect(counts).toEqual([6]);
  const again = { out: at('stopped'), resume: true };
  const resumed = await runPretraining({} as typeof large, again);
  expect(resumed.images).toBeGreaterThan(6);
  expect(resumed.interrupted).toBe(false);
  await runPretraining(large, { out: at('whole') });
  expect(await weightHash(at('stopped'), 'last')).toBe(await weightHash(at('whole'), 'last'));
  const fail = () => {
    throw new Error('taken again');
  };
  expect(
    (await runPretraining(large, { ...again, ...listening({ phase: { 'computing statistics': fail } }) }))
      .images,
  ).toBe(resumed.images);
});

test('the report says that nothing was learned', async () => {
  const report = await readFile(at('run', 'report.html'), 'utf8');
  expect(report).toContain('The run is complete: statistics of');
  expect(report).toContain('nothing was learned');
  expect(report).not.toMatch(/undefined|NaN|stopped before/);
  expect(existsSync(at('run', 'images', 'index.json'))).toBe(true);
});

test('what speaks of learning is refused', async () => {
  const resolved = (options: object) => () => resolvePretrain({ ...settings, ...options }, 1);
  expect(await refusal(resolved({ pretext: 'denoise' }))).toMatch(
    /^pretext: got denoise with --method statistics, .*leave out --pretext/,
  );
  expect(await refusal(resolved({ init: 'w.safetensors' }))).toMatch(/^init: got .* with --method/);
  const { metadata } = await readWeights(at('run'), 'last');
  expect(metadata).toMatchObject({ method: 'statistics', start: 'random' });
});

test('moments of parts are those of the whole, also far from 0', () => {
  const stream = new RandomStream('moments');
  const [channels, area] = [3, 10];
  const images = Array.from({ length: 7 }, () =>
    Float32Array.from({ length: channels * area }, () => 1000 + stream.normal()),
  );
  const moments = new ChannelMoments(channels);
  for (const part of [images.slice(0, 2), images.slice(2, 3), images.slice(3)])
    moments.add(Float32Array.from(part.flatMap((image) => [...image])), area);
  const { mean, variance } = moments.values();
  for (let c = 0; c < channels; c++) {
    const expected = momentsOf(images, channels, c);
    expect(mean[c]).toBeCloseTo(expected.mean, 9);
    expect(variance[c]).toBeCloseTo(expected.variance, 6);
  }
});
