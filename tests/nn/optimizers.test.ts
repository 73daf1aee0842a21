import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { Graph } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import { type OptimizerName, type OptimizerOptions, optimizers } from '../../src/nn/optimizers.ts';
import { mul, square, sub } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { largestDifference } from '../support/shared.ts';

const defaults: OptimizerOptions = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const STEPS = 5;
const SIZE = 6;
/** Another rate at each step. */
const rateOf = (step: number) => 0.1 / step;

/** The problem: pull p towards a target with another force an element, so that gradients differ and shrink. */
const draw = (name: string, from: number, to: number) => {
  const stream = new RandomStream('optimizers', name);
  return Float32Array.from({ length: SIZE }, () => from + (to - from) * stream.uniform());
};
const start = draw('start', -1, 1);
const goal = draw('goal', -1, 1);
const force = draw('force', 0.1, 3);

/** The parameter after each step in float64, by the update rules as PyTorch's documentation writes them. */
function expectedSteps(name: OptimizerName, options: OptimizerOptions): number[][] {
  const { momentum, beta1, beta2, epsilon, weightDecay } = options;
  const p = [...start];
  const [velocity, m, v] = [0, 1, 2].map(() => Array<number>(SIZE).fill(0));
  return Array.from({ length: STEPS }, (_, done) => {
    const t = done + 1;
    const lr = rateOf(t);
    for (let i = 0; i < SIZE; i++) {
      let g = 2 * force[i] * (p[i] - goal[i]);
      if (name === 'adamw') p[i] -= lr * weightDecay * p[i];
      else g += weightDecay * p[i];
      if (name === 'sgd') {
        velocity[i] = t === 1 ? g : momentum * velocity[i] + g;
        p[i] -= lr * velocity[i];
      } else {
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const [mHat, vHat] = [m[i] / (1 - beta1 ** t), v[i] / (1 - beta2 ** t)];
        p[i] -= (lr * mHat) / (Math.sqrt(vHat) + epsilon);
      }
    }
    return [...p];
  });
}

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

/** The parameter after each step by the engine, its memory kept in the engine's state. */
async function foundSteps(name: OptimizerName, options: OptimizerOptions): Promise<number[][]> {
  const optimizer = optimizers[name];
  const graph = new Graph();
  const parameter = graph.input('p', [SIZE]);
  const pull = graph.constant(force, [SIZE], 'force');
  const loss = scalar(sum(mul(square(sub(parameter, graph.constant(goal, [SIZE], 'goal'))), pull)));
  const [gradient] = gradients(loss, [parameter]);
  const inputs = (names: readonly string[], shape: readonly number[]) =>
    Object.fromEntries(names.map((each) => [each, graph.input(each, shape)]));
  const scalars = inputs(['lr', ...Object.keys(optimizer.scalars(1, options))], []);
  const memory = inputs(optimizer.slots, [SIZE]);
  const next = optimizer.step({ parameter, gradient, memory, scalars }, options);
  expect(Object.keys(next.memory)).toEqual([...optimizer.slots]);
  const renewed = Object.entries(next.memory).map(([slot, value]) => [`next/${slot}`, value] as const);
  const session = await engine.load(
    lower({ loss, 'next/p': next.parameter, ...Object.fromEntries(renewed) }),
  );
  await engine.setState(
    new Map([['p', { shape: [SIZE], data: start }]]),
    optimizer.slots.map((slot) => ({ name: slot, shape: [SIZE] })),
  );
  const steps: number[][] = [];
  for (let step = 1; step <= STEPS; step++) {
    const numbers = { lr: rateOf(step), ...optimizer.scalars(step, options) };
    await session.run(
      Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, scalarTensor(value)])),
    );
    steps.push([...(await engine.state()).get('p')!.data]);
  }
  await session.release();
  return steps;
}

describe('five steps against float64', () => {
  test.each([
    ['sgd', {}],
    ['sgd', { momentum: 0 }],
    ['sgd', { momentum: 0.5, weightDecay: 0.1 }],
    ['adam', {}],
    ['adam', { weightDecay: 0.1 }],
    ['adam', { beta1: 0.5, beta2: 0.9, epsilon: 0.1 }],
    ['adamw', {}],
    ['adamw', { weightDecay: 0.5 }],
  ] as const)('%s %j', async (name, options) => {
    const expected = expectedSteps(name, { ...defaults, ...options });
    const found = await foundSteps(name, { ...defaults, ...options });
    for (const [i, row] of expected.entries())
      expect(largestDifference(found[i], row), `step ${i + 1}`).toBeLessThan(2e-6);
  });
});

test('without weight decay adamw is adam, with it they differ', async () => {
  expect(await foundSteps('adamw', defaults)).toEqual(await foundSteps('adam', defaults));
  const decay = { ...defaults, weightDecay: 0.5 };
  expect(await foundSteps('adamw', decay)).not.toEqual(await foundSteps('adam', decay));
});
