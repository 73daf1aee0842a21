import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { Graph } from '../../src/graph/graph.ts';
import { ModelContext } from '../../src/nn/context.ts';
import { encoderGraph, tapsOf } from '../../src/nn/features.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, decode } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { evaluationGraph, trainingStep } from '../../src/nn/step-graph.ts';
import { gradients } from '../../src/ops/index.ts';
import { Engine, type EngineOptions, scalarTensor } from '../../src/runtime/engine.node.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference, readTensors, shared } from '../support/shared.ts';

const architecture: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [32, 16, 16, 8, 8],
  head: MASK_HEAD,
};
const optimizerOptions = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/** Tests of a way to compute against PyTorch's numbers; they need what is in `shared`. */
export function heldAgainstPyTorch(how: Omit<EngineOptions, 'threads'>): void {
  const encoder = () => readTensors(shared.encoder);

  test('the five taps of the encoder', async () => {
    const expected = readTensors(shared.taps);
    const { data: rgb, shape } = expected.get('image')!;
    const [height, width] = shape;
    const { outputs } = encoderGraph(mobileNetV2, encoder(), { batch: 1, height, width });
    const result = await runGraph(outputs, { image: toPlanes(rgb, height, width) }, how);
    for (const { name } of mobileNetV2.taps) {
      expect(largestDifference(result[name].data, expected.get(name)!.data), name).toBeLessThan(1e-3);
    }
  });

  test('the gradients of the first step', async () => {
    const graph = new Graph();
    const context = new ModelContext(graph, 'train', { encoder: encoder() });
    const output = decode(
      context,
      architecture,
      tapsOf(context, mobileNetV2, { batch: 4, height: 64, width: 64 }),
    );
    const loss = losses.bce(output, graph.input('target', [4, 1, 64, 64]));
    const { trainable } = context;
    const found = gradients(
      loss,
      trainable.map(({ value }) => value),
    );
    const initial = readTensors(`${shared.parity}/init.safetensors`);
    const feeds = { ...(await batch(0)), ...Object.fromEntries(initial) };
    const result = await runGraph(
      Object.fromEntries(trainable.map(({ spec }, i) => [`gradient/${spec.name}`, found[i]])),
      pick(feeds, graph),
      how,
    );
    for (const [name, { data }] of readTensors(`${shared.parity}/gradients-step1.safetensors`)) {
      const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      expect(largestDifference(result[`gradient/${name}`].data, data) / largest, name).toBeLessThan(2e-4);
    }
  });

  test.each([
    ['sgd', 0.05, 1e-5, 1e-4],
    ['adam', 1e-3, 1e-4, 5e-3],
  ] as const)('six steps of %s', async (name, lr, lossBound, probabilityBound) => {
    const expected = JSON.parse(readFileSync(`${shared.parity}/expected-${name}.json`, 'utf8')) as {
      losses: number[];
    };
    const optimizer = optimizers[name];
    const engine = new Engine({ threads: 2, ...how });
    try {
      const step = trainingStep(architecture, encoder(), {
        batch: 4,
        height: 64,
        width: 64,
        loss: losses.bce,
        optimizer,
        optimizerOptions,
        clipNorm: 0,
      });
      await engine.setState(readTensors(`${shared.parity}/init.safetensors`), step.state);
      const session = await engine.load(step.model);
      for (const [i, loss] of expected.losses.entries()) {
        const scalars = { lr, ...optimizer.scalars(i + 1, optimizerOptions) };
        const feeds = Object.fromEntries(
          Object.entries(scalars).map(([key, value]) => [key, scalarTensor(value)]),
        );
        const result = await session.run({ ...(await batch(i)), ...feeds });

        expect(Math.abs(result.loss.data[0] - loss), `loss ${i + 1}`).toBeLessThan(lossBound);
      }
      const state = await engine.state();
      if (name === 'sgd') {
        for (const [key, { data }] of readTensors(`${shared.parity}/expected-sgd.safetensors`)) {
          expect(largestDifference(state.get(key)!.data, data), key).toBeLessThan(1e-4);
        }
      }
      await expectProbabilities(engine, state, name, probabilityBound);
    } finally {
      await engine.close();
    }
  });

  /** Evaluation with the weights as inputs and with the weights baked in. */
  async function expectProbabilities(engine: Engine, state: Tensors, name: string, bound: number) {
    const live = await engine.load(
      evaluationGraph(architecture, encoder(), { batch: 4, height: 64, width: 64 }),
    );
    const baked = await engine.load(
      evaluationGraph(architecture, encoder(), { batch: 4, height: 64, width: 64, weights: state }),
    );
    const expected = readTensors(`${shared.parity}/probabilities-${name}.safetensors`);
    for (const session of [live, baked]) {
      for (let i = 0; i < 4; i++) {
        const { output } = await session.run({ image: (await batch(i)).image });
        for (let k = 0; k < 4; k++) {
          const want = expected.get(stem(4 * i + k))!.data;
          expect(largestDifference(output.data.subarray(k * 4096, (k + 1) * 4096), want)).toBeLessThan(bound);
        }
      }
    }
  }
}

const stem = (index: number) => `sample${String(index % 16).padStart(2, '0')}`;

async function batch(step: number): Promise<{ image: Tensor; target: Tensor }> {
  const image = new Float32Array(4 * 3 * 4096);
  const target = new Float32Array(4 * 4096);
  for (let k = 0; k < 4; k++) {
    const file = `${stem(step * 4 + k)}.png`;
    const rgb = await sharp(`${shared.parity}/data/images/${file}`).removeAlpha().raw().toBuffer();
    const mask = await sharp(`${shared.parity}/data/masks/${file}`).toColourspace('b-w').raw().toBuffer();
    image.set(toPlanes(rgb, 64, 64).data, k * 3 * 4096);
    target.set(
      Float32Array.from(mask, (x) => (x > 127 ? 1 : 0)),
      k * 4096,
    );
  }
  return { image: { shape: [4, 3, 64, 64], data: image }, target: { shape: [4, 1, 64, 64], data: target } };
}

function toPlanes(rgb: ArrayLike<number>, height: number, width: number): Tensor {
  const size = height * width;
  const data = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) data[c * size + i] = rgb[3 * i + c] / 127.5 - 1;
  return { shape: [1, 3, height, width], data };
}

function pick(feeds: Readonly<Record<string, Tensor>>, graph: Graph): Record<string, Tensor> {
  const names = graph.values.filter((value) => value.origin.kind === 'input').map((value) => value.name);
  return Object.fromEntries(names.filter((name) => feeds[name]).map((name) => [name, feeds[name]]));
}
