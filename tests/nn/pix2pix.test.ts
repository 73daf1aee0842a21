import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { ModelContext } from '../../src/nn/context.ts';
import { bce } from '../../src/nn/losses.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { pix2pix } from '../../src/nn/pix2pix.ts';
import { sigmoid } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { Engine, type Session, scalarTensor } from '../../src/runtime/engine.node.ts';
import { KERNELS } from '../../src/runtime/kernels.ts';
import { largestDifference, readTensors } from '../support/shared.ts';

const BATCH = 2;
const SIZE = 32;
const options = { channels: [8, 8, 8, 8], outputs: 1, gates: [1, 1, 1, 1], strides: [2, 4, 8, 16, 32] };
const settings = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/** As in fixtures/make-pix2pix.py. */
function draw(name: string, shape: Shape, low: number, high: number): Tensor {
  let state = 0;
  for (const character of name) state = (Math.imul(state, 31) + character.charCodeAt(0)) >>> 0;
  return tensor(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return low + ((high - low) * state) / 2 ** 32;
    }),
  );
}

const tapShape = (i: number) => [
  BATCH,
  mobileNetV2.taps[i].channels,
  SIZE / mobileNetV2.taps[i].stride,
  SIZE / mobileNetV2.taps[i].stride,
];
const drawTaps = (step: number) =>
  Object.fromEntries(
    mobileNetV2.taps.map((_, i) => [`tap${i}`, draw(`tap ${i} ${step}`, tapShape(i), i < 4 ? 0 : -1, 1)]),
  );

function drawTarget(step: number): Tensor {
  const { shape, data } = draw(`target ${step}`, [BATCH, 1, SIZE, SIZE], 0, 1);
  return { shape, data: data.map((value) => (value > 0.5 ? 1 : 0)) };
}

test.each(
  KERNELS,
)('%s kernels: pix2pix: gradients, losses, weights and probabilities of six steps are those of PyTorch', async (kernels) => {
  const expected = readTensors(fileURLToPath(new URL('../fixtures/pix2pix.safetensors', import.meta.url)));
  const engine = new Engine({ threads: 2, kernels });
  try {
    const graph = new Graph();
    const context = new ModelContext(graph, 'train');
    const taps = mobileNetV2.taps.map((_, i) => graph.input(`tap${i}`, tapShape(i)));
    const loss = bce(pix2pix.build(context, taps, options), graph.input('target', [BATCH, 1, SIZE, SIZE]));
    const { trainable } = context;
    const found = gradients(
      loss,
      trainable.map(({ value }) => value),
    );
    const lr = graph.input('lr', []);
    const outputs: Record<string, Value> = { loss };
    for (const [i, { spec, value }] of trainable.entries()) {
      const memory = { momentum_buffer: graph.input(`${spec.name}.momentum_buffer`, spec.shape) };
      const next = optimizers.sgd.step(
        { parameter: value, gradient: found[i], memory, scalars: { lr } },
        settings,
      );
      outputs[`gradient/${spec.name}`] = found[i];
      outputs[`next/${spec.name}`] = next.parameter;
      outputs[`next/${spec.name}.momentum_buffer`] = next.memory.momentum_buffer;
    }
    for (const [name, value] of context.updates) outputs[`next/${name}`] = value;

    const state = new Map<string, Tensor>();
    for (const { name, shape, trainable: learned } of context.specs) {
      const norm = name.endsWith('.1.weight');
      const start = tensor(shape, new Float32Array(sizeOf(shape)).fill(name.endsWith('running_var') ? 1 : 0));
      state.set(name, learned ? draw(name, shape, norm ? 0.5 : -0.1, norm ? 1.5 : 0.1) : start);
      if (learned) state.set(`${name}.momentum_buffer`, tensor(shape));
    }
    await engine.setState(state);
    const session = await engine.load({ outputs, stored: [...state.keys()] });
    for (let step = 0; step < 6; step++) {
      const result = await session.run({
        ...drawTaps(step),
        target: drawTarget(step),
        lr: scalarTensor(0.05),
      });
      expect(
        Math.abs(result.loss.data[0] - expected.get('losses')!.data[step]),
        `loss ${step + 1}`,
      ).toBeLessThan(1e-5);
      if (step > 0) continue;
      for (const { spec } of trainable) {
        const want = expected.get(`gradient/${spec.name}`)!;
        expect(want.shape).toEqual(spec.shape);
        const largest = want.data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
        const off = largestDifference(result[`gradient/${spec.name}`].data, want.data);
        expect(off / largest, spec.name).toBeLessThan(2e-4);
      }
    }
    const final = await engine.state();
    for (const { name } of context.specs) {
      expect(
        largestDifference(final.get(name)!.data, expected.get(`final/${name}`)!.data),
        name,
      ).toBeLessThan(1e-4);
    }
    for (const baked of [undefined, final]) {
      const evaluation = new Graph();
      const inputs = mobileNetV2.taps.map((_, i) => evaluation.input(`tap${i}`, tapShape(i)));
      const logits = pix2pix.build(new ModelContext(evaluation, 'evaluate', { baked }), inputs, options);
      const evaluated: Session = await engine.load({
        outputs: { probabilities: sigmoid(logits) },
        stored: [...final.keys()],
      });
      const { probabilities } = await evaluated.run(drawTaps(0));
      expect(largestDifference(probabilities.data, expected.get('probabilities')!.data)).toBeLessThan(1e-4);
    }
  } finally {
    await engine.close();
  }
});
