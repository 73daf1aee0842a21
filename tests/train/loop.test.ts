import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { flipsAlone, noAugmentation } from '../../src/data/loading/augmentation.ts';
import type { BatchRequest } from '../../src/data/loading/batch.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import type { StepEvent } from '../../src/events/run-event.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import type { Architecture } from '../../src/nn/model.ts';
import { segment } from '../../src/objectives/segment.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { runSteps } from '../../src/train/loop.ts';
import type { TrainingPlan } from '../../src/train/plan.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { randomEncoder } from '../support/random-encoder.ts';

const architecture: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: MASK_HEAD,
};
const plan: TrainingPlan = {
  architecture,
  encoder: randomEncoder(),
  initial: freshWeights(architecture, 0),
  size: { height: 32, width: 32 },
  batch: 2,
  epochs: 3,
  objective: segment(losses.bce),
  optimizer: 'sgd',
  optimizerOptions: { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  clipNorm: 0,
  lr: 0.01,
  schedule: 'constant',
  warmupSteps: 0,
  seed: 5,
  shuffle: true,
  augmentation: flipsAlone,
  threads: 1,
};

/** Trains on flat grey images, and remembers which batches were asked for. */
async function train(changes: Partial<TrainingPlan>, images: number, failAt?: number) {
  const requests: BatchRequest[] = [];
  const steps: number[] = [];
  const indices = Array.from({ length: images }, (_, i) => i);
  const source = {
    samples: indices.map((i) => ({ stem: `image-${i}`, image: '' })),
    batch: async (request: BatchRequest) => {
      requests.push(request);
      if (requests.length === failAt) throw new UserError({ what: 'x.png', got: 'nothing', expected: 'it' });
      const count = request.indices.length;
      return { input: new Float32Array(count * 3 * 1024), mask: new Float32Array(count * 1024) };
    },
  };
  const keeper = {
    afterStep: async ({ step }: StepEvent) => void steps.push(step),
    afterEpoch: async () => false,
    isSaveDue: () => false,
    save: async () => {},
    rescue: async () => 'nowhere',
  };
  const engine = new Engine({ threads: 1 });
  const finished = runSteps({ ...plan, ...changes }, source, keeper, { engine });
  const result = await finished.catch((error: unknown) => error);
  await engine.close();
  return { requests, steps, result };
}

const indicesOf = ({ requests }: { requests: BatchRequest[] }) => requests.map(({ indices }) => [...indices]);

describe('which images a step takes', () => {
  test('shuffled: a new order each epoch, none twice in one, by the seed and not by the weights', async () => {
    const one = await train({}, 5);
    expect(one.steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(one.requests.map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2, 3, 3]);
    const epochs = [0, 2, 4].map((first) =>
      indicesOf(one)
        .slice(first, first + 2)
        .flat(),
    );
    for (const indices of epochs) expect(new Set(indices).size).toBe(4);
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);

    const other = await train({ initial: freshWeights(architecture, 1), lr: 0.5 }, 5);
    expect(other.requests).toEqual(one.requests);
    expect(indicesOf(await train({ seed: 6, maxSteps: 4 }, 5))).not.toEqual(indicesOf(one).slice(0, 4));
  });

  test('in file order, going round', async () => {
    const run = await train({ shuffle: false, augmentation: noAugmentation }, 3);
    expect(indicesOf(run)).toEqual([
      [0, 1],
      [2, 0],
      [1, 2],
    ]);
    for (const { augmentation, seed } of run.requests)
      expect([augmentation, seed]).toEqual([noAugmentation, 5]);
  });
});

test('a batch that cannot be made ends the training with its reason', async () => {
  const { steps, result } = await train({}, 5, 3);
  expect(steps).toEqual([1, 2]);
  expect(String(result)).toMatch(/x\.png: got nothing/);
});
