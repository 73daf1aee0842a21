import { afterAll, describe, expect, test } from 'vitest';
import { inBlocks } from '../../src/blocked/index.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import { conv, convTranspose } from '../../src/ops/conv.ts';
import { add, div, mul, neg, relu, relu6, sigmoid, sub } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { concat } from '../../src/ops/movement.ts';
import { affine, batchNorm } from '../../src/ops/norm.ts';
import { maxPool } from '../../src/ops/pool.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { averagePool, upsampleNearest } from '../../src/ops/resize.ts';
import { passes } from '../../src/passes/index.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { expectClose } from '../support/check-case.ts';
import { evaluate } from '../support/run-many.ts';

const blocked = new Engine({ threads: 2 });
const plain = new Engine({ threads: 2, kernels: 'plain' });
afterAll(() => Promise.all([blocked.close(), plain.close()]));
const block = await blocked.blockSize();

function drawn(name: string, shape: Shape): Tensor {
  const stream = new RandomStream('blocked', name);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

/** What is built out of inputs of these shapes, with the gradients of its weighted sum with respect to all of them. */
interface Case {
  readonly shapes: Readonly<Record<string, Shape>>;
  build(inputs: Readonly<Record<string, Value>>): Value;
}

const kernel = (o: number, i: number, size = 3): Shape => [o, i, size, size];
const near = { padding: 1 };

const cases: Readonly<Record<string, Case>> = {
  'convolution after convolution': {
    shapes: { x: [2, 32, 33, 40], v: kernel(48, 32), w: kernel(16, 48) },
    build: ({ x, v, w }) => conv(relu(conv(x, v, near)), w, near),
  },
  'one image, bias, strides and dilation': {
    shapes: { x: [1, 16, 97, 101], v: kernel(32, 16), b: [32], w: kernel(64, 32) },
    build: ({ x, v, b, w }) =>
      conv(conv(x, v, { stride: 2, padding: [0, 0, 1, 1], bias: b }), w, { dilation: 2 }),
  },
  'batch norm': {
    shapes: { x: [3, 16, 32, 30], w: kernel(32, 16), g: [32], b: [32] },
    build: ({ x, w, g, b }) => relu(batchNorm(conv(x, w, near), g, b, { epsilon: 1e-5 })),
  },
  'the block of a decoder: enlarged, beside a skip behind its gate': {
    shapes: {
      x: [2, 64, 16, 20],
      v: kernel(64, 64),
      skip: [2, 32, 32, 40],
      gate: [1, 32, 1, 1],
      w: kernel(32, 96),
    },
    build: ({ x, v, skip, gate, w }) => {
      const deep = relu(conv(upsampleNearest(x, 2), v, near));
      return relu(conv(concat([deep, mul(skip, gate)], 1), w, near));
    },
  },
  'a number an image': {
    shapes: { x: [3, 32, 16, 20], v: kernel(32, 32), gate: [3, 1, 1, 1], w: kernel(16, 32) },
    build: ({ x, v, gate, w }) => conv(mul(conv(x, v, near), gate), w, near),
  },
  'pooling, scale and shift, arithmetic with numbers, channels and images': {
    shapes: {
      x: [2, 16, 40, 48],
      w: kernel(32, 16, 1),
      s: [32],
      t: [32],
      c: [1, 32, 1, 1],
      u: [2, 32, 20, 24],
    },
    build: ({ x, w, s, t, c, u }) => {
      const z = averagePool(affine(conv(x, w), s, t), 2);
      return add(sub(div(z, 3), c), mul(neg(z), sub(c, u)));
    },
  },
  'channels that do not fill blocks before, between and after': {
    shapes: { x: [2, 20, 40, 40], u: kernel(32, 20), v: kernel(48, 32), w: kernel(1, 48) },
    build: ({ x, u, v, w }) => conv(relu(conv(relu(conv(x, u, near)), v, near)), w, near),
  },
  'transposed convolution': {
    shapes: { x: [2, 32, 24, 22], w: kernel(32, 16), v: kernel(32, 16) },
    build: ({ x, w, v }) => conv(convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 }), v, near),
  },
};

/** A block of a MobileNet on shapes drawn at random. */
function drawnBlock(seed: number): Case {
  const stream = new RandomStream('drawn block', seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(stream.uniform() * from.length)];
  const [outer, hidden] = [pick([16, 24, 32, 40, 20]), pick([32, 48, 96])];
  const groups = pick([hidden, hidden, hidden, hidden / 2, 2]);
  const [h, w] = [pick([1, 2, 3, 4, 7, 8, 16]), pick([1, 2, 3, 4, 5, 8, 12, 16, 20, 32])];
  const size = pick([1, 3, 3, 5]);
  const stride = pick([1, 1, 2]);
  const padding = pick([
    [size >> 1, size >> 1, size >> 1, size >> 1],
    [(size - 1) >> 1, (size - 1) >> 1, size >> 1, size >> 1],
  ] as const);
  return {
    shapes: {
      x: [pick([1, 2, 3, 5]), 16, h, w],
      narrow: kernel(outer, 16, 1),
      expand: kernel(hidden, outer, 1),
      a: [hidden],
      v: [hidden, hidden / groups, size, size],
      b: [hidden],
      project: kernel(outer, hidden, 1),
    },
    build: ({ x, narrow, expand, a, v, b, project }) => {
      const start = conv(x, narrow);
      const wide = bent(conv(start, expand, { bias: a }));
      const y = conv(bent(conv(wide, v, { stride, padding, groups, bias: b })), project);
      return y.shape[2] === start.shape[2] && y.shape[3] === start.shape[3] ? add(y, start) : y;
    },
  };
}

function outputsOf({ shapes, build }: Case): Readonly<Record<string, Value>> {
  const graph = new Graph(passes);
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const y = build(inputs);
  const loss = scalar(sum(mul(y, graph.input('weights', y.shape))));
  const slopes = gradients(loss, Object.values(inputs));
  return { y, ...Object.fromEntries(Object.keys(inputs).map((name, i) => [`d${name}`, slopes[i]])) };
}

/** Where a ReLU would have a kink that rounding may take to either side. */
const bent = (x: Value) => mul(x, sigmoid(mul(x, 0.05)));

/** A layer of a decoder on shapes drawn at random: what is enlarged, doubled or taken as it is, beside a skip. */
function drawnCase(seed: number): Case {
  const stream = new RandomStream('drawn case', seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(stream.uniform() * from.length)];
  const [deep, beside] = [pick([16, 32, 48, 20]), pick([16, 48, 12])];
  const out = pick([16, 32, 1, 3, 24]);
  const [h, w] = [pick([1, 2, 3, 4, 7, 12]), pick([1, 2, 3, 5, 8, 12, 16, 20, 28, 32, 56, 64])];
  const n = pick([1, 2, 3, 5]);
  const kind = pick(['enlarged', 'doubled', 'as it is', 'every second'] as const);
  const size = pick([1, 3, 3, 5]);
  const [x, skip]: Shape[] = [
    [n, deep, h, w],
    [n, beside, 2 * h, 2 * w],
  ];
  if (kind === 'doubled') {
    return {
      shapes: { x, v: [deep, 32, 3, 3], skip, w: [32 + beside, out, 3, 3] },
      build: (of) => {
        const y = bent(convTranspose(of.x, of.v, { stride: 2, padding: 1, outputPadding: 1 }));
        return convTranspose(concat([y, of.skip], 1), of.w, { stride: 2, padding: 1, outputPadding: 1 });
      },
    };
  }
  if (kind === 'enlarged') {
    return {
      shapes: { x, skip, v: kernel(32, deep + beside), w: kernel(out, 32), b: [out] },
      build: (of) =>
        conv(bent(conv(concat([upsampleNearest(of.x, 2), of.skip], 1), of.v, near)), of.w, {
          ...near,
          bias: of.b,
        }),
    };
  }
  const walk = kind === 'as it is' ? { padding: (size - 1) / 2 } : { padding: (size - 1) / 2, stride: 2 };
  return {
    shapes: { skip, v: kernel(deep, beside, size), w: kernel(out, deep, size) },
    build: (of) => conv(bent(conv(of.skip, of.v, { padding: (size - 1) / 2 })), of.w, walk),
  };
}

/** Runs a case in blocks and plain: its output, and the gradients of all inputs. */
async function compare(each: Case): Promise<void> {
  const outputs = outputsOf(each);
  const shapes = { ...each.shapes, weights: outputs.y.shape };
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, drawn(name, shape)]));
  const expected = await evaluate(plain, outputs, feeds);
  const found = await evaluate(blocked, outputs, feeds);
  for (const name of Object.keys(outputs)) expectClose(found[name], expected[name], 2e-5, name);
}

describe.skipIf(block === 0)('in blocks and plain', () => {
  test.each(Object.entries(cases))('%s', async (_, each) => {
    await compare(each);
    const outputs = outputsOf(each);
    const blocks = lower(inBlocks({ outputs }, block).outputs).nodes.filter(({ domain }) => domain !== '');
    expect(blocks.map(({ operator }) => operator)).toContain('Conv');
  });

  test.each(Array.from({ length: 60 }, (_, seed) => seed))('shapes drawn at random, %d', async (seed) => {
    await compare(drawnCase(seed));
  });

  test.each(
    Array.from({ length: 60 }, (_, seed) => seed),
  )('blocks of a MobileNet drawn at random, %d', async (seed) => {
    await compare(drawnBlock(seed));
  });

  test('a block of a MobileNet and its gradients have no convolution outside of blocks', () => {
    const outputs = outputsOf({
      shapes: {
        x: [2, 16, 16, 16],
        narrow: kernel(24, 16, 1),
        expand: kernel(96, 24, 1),
        v: [96, 1, 3, 3],
        project: kernel(32, 96, 1),
      },
      build: ({ x, narrow, expand, v, project }) => {
        const wide = relu6(conv(conv(x, narrow), expand));
        return conv(relu6(conv(wide, v, { stride: 2, padding: [0, 0, 1, 1], groups: 96 })), project);
      },
    });
    const plainOnes = lower(inBlocks({ outputs }, block).outputs).nodes.filter(
      ({ operator, domain }) => domain === '' && ['Conv', 'ConvTranspose', 'MatMul'].includes(operator),
    );
    expect(plainOnes).toEqual([]);
  });

  test.each<Shape>([
    [2, 16, 8, 6],
    [1, 32, 12, 4],
    [3, 16, 7, 5],
  ])('the gradient of the first of several largest, %j', async (...shape) => {
    const outputs = outputsOf({
      shapes: { x: shape },
      build: ({ x }) => maxPool(x, { kernel: 3, stride: 2, padding: 1 }),
    });
    const drawnOf = (name: string, of: Shape) => {
      const { data } = drawn(name, of);
      return { shape: of, data: data.map((value) => Math.round(value) - 1) };
    };
    const feeds = { x: drawnOf('x', shape), weights: drawnOf('weights', outputs.y.shape) };
    expect(await evaluate(blocked, outputs, feeds)).toEqual(await evaluate(plain, outputs, feeds));
  });
});
