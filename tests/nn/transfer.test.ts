import { describe, expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { type Architecture, levelOf, parametersOf } from '../../src/nn/model.ts';
import { parseTransfer, type Transfer, transferred } from '../../src/nn/transfer.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { refusal } from '../support/expect-user-error.ts';

const architecture: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: MASK_HEAD,
};
const specs = parametersOf(architecture).filter(({ name }) => name.startsWith('decoder.'));
/** As if trained: every tensor with moments of its own. */
const pretrained: Tensors = new Map(
  [...freshWeights(architecture, 5)].map(([name, { shape, data }], i) => [
    name,
    { shape, data: data.map((value, k) => 0.1 * i + (1 + i) * value + 0.01 * (k % 7)) },
  ]),
);
const apply = (transfer: Transfer, seed = 0) => transferred(specs, pretrained, transfer, seed);

function moments(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(square) };
}

test('decoder takes over everything, as it is', () => {
  for (const [name, content] of apply({ kind: 'decoder' })) expect(content).toBe(pretrained.get(name));
});

describe('matched', () => {
  const matched = apply({ kind: 'matched' });

  test('has the mean and the deviation of each tensor', () => {
    for (const { name, trainable } of specs) {
      if (!trainable) continue;
      const [wanted, had] = [pretrained.get(name)!, matched.get(name)!].map(({ data }) => moments(data));
      expect(had.mean, name).toBeCloseTo(wanted.mean, 5);
      expect(had.deviation, name).toBeCloseTo(wanted.deviation, 5);
    }
  });

  test('and no more: its values go with those of the pretraining no further than chance', () => {
    const name = 'decoder.blocks.0.conv1.0.weight';
    const [a, b] = [pretrained.get(name)!.data, matched.get(name)!.data];
    const [p, q] = [moments(a), moments(b)];
    const covariance = a.reduce((sum, value, i) => sum + (value - p.mean) * (b[i] - q.mean), 0) / a.length;
    expect(Math.abs(covariance / (p.deviation * q.deviation))).toBeLessThan(4 / Math.sqrt(a.length));
  });

  test('starts statistics anew, and draws by the seed', () => {
    for (const { name, trainable } of specs) {
      if (trainable) continue;
      const value = name.endsWith('running_var') ? 1 : 0;
      expect([...new Set(matched.get(name)!.data)], name).toEqual([value]);
    }
    const name = 'decoder.blocks.1.conv1.0.weight';
    expect(apply({ kind: 'matched' }).get(name)).toEqual(matched.get(name));
    expect(apply({ kind: 'matched' }, 1).get(name)).not.toEqual(matched.get(name));
  });
});

test('shuffled has the same values in each tensor, elsewhere', () => {
  const shuffled = apply({ kind: 'shuffled' });
  for (const { name, trainable } of specs) {
    if (!trainable) continue;
    const [before, after] = [pretrained, shuffled].map((tensors) => tensors.get(name)!.data);
    expect([...after].sort(), name).toEqual([...before].sort());
    const still = after.filter((value, i) => value === before[i]).length / after.length;
    if (after.length > 500) expect(still, name).toBeLessThan(0.1);
  }
});

test.each([
  1, 2, 4,
])('partial:%i keeps the deepest levels, and the others start as without pretraining', (levels) => {
  const partial = apply({ kind: 'partial', levels }, 3);
  const fresh = freshWeights(architecture, 3);
  for (const [name, content] of partial) {
    const level = Number(/\d+$/.exec(levelOf(name))![0]);
    expect(content, name).toEqual((level < levels ? pretrained : fresh).get(name));
  }
});

test('what is no transfer is named', async () => {
  expect(parseTransfer('partial:3')).toEqual({ kind: 'partial', levels: 3 });
  for (const text of ['all', 'partial', 'partial:0', 'partial:x'])
    expect(await refusal(() => parseTransfer(text))).toMatch(/^transfer: got .*expected decoder, matched/);
  expect(await refusal(() => apply({ kind: 'partial', levels: 5 }))).toMatch(
    /^transfer: got partial:5, expected fewer levels than the 5/,
  );
});
