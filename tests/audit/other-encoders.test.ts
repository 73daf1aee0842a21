import { describe, expect, test } from 'vitest';
import { AuditImages } from '../../src/audit/audit-images.ts';
import { conditionsOf } from '../../src/audit/conditions.ts';
import { type AuditPicture, Gallery } from '../../src/audit/gallery.ts';
import { measureNetwork } from '../../src/audit/measure.node.ts';
import { measureLevels } from '../../src/audit/measure-levels.node.ts';
import { REFERENCES } from '../../src/audit/references.ts';
import { SplitNetwork } from '../../src/audit/split-network.node.ts';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { assembleBatch, type BatchSource } from '../../src/data/loading/batch.ts';
import { type Encoder, SYMMETRIC_INPUT } from '../../src/nn/encoder.ts';
import { initialise } from '../../src/nn/init.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, type DecoderName, defaultChannels, parametersOf } from '../../src/nn/model.ts';
import type { Objective } from '../../src/objectives/objective.ts';
import { reconstruct } from '../../src/objectives/reconstruct.ts';
import { segment } from '../../src/objectives/segment.ts';
import { conv } from '../../src/ops/conv.ts';
import { relu } from '../../src/ops/elementwise.ts';
import type { AuditResult } from '../../src/records/audit-result.ts';
import { auditReport } from '../../src/report/audit/report.ts';

/** An encoder with taps at these strides, each a power of two: a convolution of stride 2 after the other. */
function toyEncoder(strides: readonly number[]): Encoder {
  const taps = strides.map((stride, i) => ({ name: `stage${stride}`, channels: 3 + i, stride }));
  const layers = Math.log2(strides[strides.length - 1]);
  const channelsAt = (stride: number) =>
    stride === 1 ? 3 : (taps.find((tap) => tap.stride === stride)?.channels ?? 5);
  return {
    name: 'toy',
    taps,
    input: SYMMETRIC_INPUT,
    tensors: Array.from({ length: layers }, (_, i) => ({
      name: `conv${i}`,
      shape: [channelsAt(2 ** (i + 1)), channelsAt(2 ** i), 3, 3],
    })),
    build: (context, image) => {
      const found = new Map<number, typeof image>();
      let x = image;
      for (let i = 0; i < layers; i++) {
        x = relu(conv(x, context.encoderWeight(`conv${i}`), { stride: 2, padding: [1, 1, 1, 1] }));
        found.set(2 ** (i + 1), x);
      }
      return taps.map(({ stride }) => found.get(stride)!);
    },
  };
}

const weightsOf = ({ tensors }: Encoder): Tensors =>
  new Map(
    tensors.map(({ name, shape }) => {
      const stream = new RandomStream('toy encoder', name);
      const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
      return [
        name,
        {
          shape,
          data: Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * stream.uniform() - 1)),
        },
      ];
    }),
  );

const size = { height: 32, width: 32 };
const COUNT = 5;

/** Bright discs on noise, and where they are. */
const samples = Array.from({ length: COUNT }, (_, i) => {
  const stream = new RandomStream('toy images', i);
  const [y, x] = [8 + stream.integer(16), 8 + stream.integer(16)];
  const mask = Uint8Array.from({ length: 32 * 32 }, (_, k) =>
    Math.hypot(Math.floor(k / 32) - y, (k % 32) - x) < 7 ? 1 : 0,
  );
  const image = Uint8Array.from({ length: 3 * 32 * 32 }, (_, k) =>
    mask[Math.floor(k / 3)] === 1 ? 200 + stream.integer(56) : stream.integer(100),
  );
  return { image, mask };
});
const source: BatchSource = {
  batch: async (request) => {
    const { indices } = request;
    const pixels = indices.map((i) => samples[i]);
    return assembleBatch(request, indices.map(String), pixels, size);
  },
};

async function audited(
  strides: readonly number[],
  objective: Objective,
  decoder: DecoderName = 'unet',
): Promise<{ result: AuditResult; pictures: AuditPicture[] }> {
  const encoder = toyEncoder(strides);
  const decoderChannels = defaultChannels(decoder, encoder).map(() => 6);
  const architecture: Architecture = { encoder, decoder, decoderChannels, head: objective.head };
  const drawn = (seed: number): Tensors =>
    new Map(parametersOf(architecture).map((spec) => [spec.name, initialise(spec, seed)]));
  const images = new AuditImages(source, COUNT, { objective, seed: 0 });
  const stems = samples.map((_, i) => `image-${i}`);
  const gallery = new Gallery(stems, conditionsOf(strides.length), images.others);
  const network = { architecture, encoder: weightsOf(encoder), weights: drawn(1), size };
  const split = await SplitNetwork.open(network, { images: COUNT, threads: 1 });
  try {
    const onOutcome = gallery.add.bind(gallery);
    const measured = await measureNetwork(split, images, { seed: 0, onOutcome });
    const masked = { ...source, plane: 0, isObject: (label: number) => label === 1 };
    const sets = { fit: { ...masked, count: 3 }, test: { ...masked, count: COUNT } };
    const levels = await measureLevels(split, { untrained: drawn(2) }, sets);
    return { result: { ...measured, levels, weights: 'last' }, pictures: gallery.pictures(size) };
  } finally {
    await split.close();
  }
}

/** Every number of a result by where it stands. */
function numbersIn(value: unknown, place = ''): [string, number][] {
  if (typeof value === 'number') return [[place, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${place}.${key}`));
}

const paint = reconstruct(losses.mse, { kind: 'denoise', sigma: 0.3, correlation: 1, target: 'image' });
const mark = segment(losses.bce);
const references = REFERENCES.filter(({ kind, decoder }) => kind === 'autoencoder' && decoder === 'unet');
const pageOf = (result: AuditResult) => auditReport(result, { title: 'Audit', references }).text;

describe.each<[string, readonly number[], DecoderName]>([
  ['three taps', [2, 4, 8], 'unet'],
  ['three taps', [2, 4, 8], 'pix2pix'],
  ['two taps, far apart', [4, 16], 'unet'],
  ['five taps', [2, 4, 8, 16, 32], 'unet'],
])('an encoder with %s (%j), %s', (_, strides, decoder) => {
  const names = [...strides.slice(1).map((_, i) => `skip${i + 1}`), 'bottleneck'];

  test.each([
    ['paints', paint],
    ['marks', mark],
  ])('that %s is audited from end to end', async (_, objective) => {
    const { result, pictures } = await audited(strides, objective, decoder);
    expect(result.paths.map(({ name, stride }) => [name, stride])).toEqual(
      names.map((name, i) => [name, strides[i]]),
    );
    for (const [place, value] of numbersIn(result)) expect(value, place).toSatisfy(Number.isFinite);
    expect(result.paths.reduce((sum, { shapley }) => sum + shapley!, 0)).toBeCloseTo(1, 6);
    expect(result.encoder).toBe('toy');
    expect(result.kind).toBe(objective.paints ? 'autoencoder' : 'segmentation');
    expect(result.swap).not.toBeNull();
    expect(result.linear_readout === null).toBe(!objective.paints);
    expect(result.skill === null).toBe(!objective.paints);
    expect(result.levels.slice(0, strides.length).map(({ stride }) => stride)).toEqual(strides);
    for (const { without, only } of pictures) {
      expect([without.length, only.length]).toEqual([strides.length, strides.length]);
    }
    const page = pageOf(result);
    expect(page).toContain(`encoder ${result.encoder}, decoder ${decoder}`);
    for (const [i, name] of names.entries()) expect(page).toContain(`${name} (1/${strides[i]})`);
    expect(page).not.toMatch(/undefined|NaN/);
    expect(page).toContain(`Shapley shares of the ${strides.length} paths`);
    // The reference networks have five paths: where this one has others, they have a chart of their own.
    expect(page).toContain('Shapley shares of the 5 paths');
  });
});

test('an encoder with nothing but a bottleneck is audited, and what needs a skip is not measured', async () => {
  const { result, pictures } = await audited([8], paint);
  expect(result.paths.map(({ name, stride }) => [name, stride])).toEqual([['bottleneck', 8]]);
  expect(result.paths[0].shapley).toBeCloseTo(1, 12);
  expect(result).toMatchObject({ swap: null, linear_readout: null });
  expect(result.verdict.leak).toBe(0);
  expect(result.depth_alone.zero).toEqual(result.reference);
  expect(pictures[0].swapped).toBeUndefined();
  for (const [place, value] of numbersIn(result)) expect(value, place).toSatisfy(Number.isFinite);
  expect(pageOf(result)).toContain('This network has no skip connections.');
});
