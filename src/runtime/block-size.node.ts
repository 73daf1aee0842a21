import { RandomStream } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { Graph } from '../graph/graph.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import { conv } from '../ops/conv.ts';
import { square } from '../ops/elementwise.ts';
import { gradients } from '../ops/index.ts';
import { concat } from '../ops/movement.ts';
import { batchNorm } from '../ops/norm.ts';
import { scalar, sum } from '../ops/reduce.ts';
import { upsampleNearest } from '../ops/resize.ts';
import { passes } from '../passes/index.ts';
import { compile } from './compile.ts';
import type { NamedTensors } from './engine.ts';
import type { OnnxRuntime } from './sessions.ts';

/** Channels in a block with AVX-512, and with AVX2. */
const SIZES = [16, 8];

/** Largest part of the largest value by which the blocked and the plain way may differ. */
const TOLERANCE = 1e-5;

/**
 * How many channels this runtime puts into a block on this machine, found by trying; 0 where it has no blocked operators
 * or where they do not give what the plain ones give. They are internal to the runtime, so nothing is taken on trust.
 */
export async function blockSize(ort: OnnxRuntime): Promise<number> {
  let ran = false;
  for (const block of SIZES) {
    const difference = await differenceWith(ort, block).catch(() => undefined);
    if (difference === undefined) continue;
    ran = true;
    if (difference <= TOLERANCE) return block;
  }
  if (ran)
    process.emitWarning('the blocked operators of ONNX Runtime fail their self-check; plain ones are used');
  return 0;
}

/**
 * A small step in blocks against plain: an image enlarged, beside a skip, normalised, with its gradients. The largest
 * difference of an output, as a part of that output's largest value.
 */
async function differenceWith(ort: OnnxRuntime, block: number): Promise<number> {
  const graph = new Graph(passes);
  const shapes = {
    x: [2, 32, 5, 8],
    skip: [2, 16, 10, 16],
    w: [48, 48, 3, 3],
    v: [1, 48, 3, 3],
    g: [48],
    b: [48],
  };
  const [x, skip, w, v, g, b] = Object.entries(shapes).map(([name, shape]) => graph.input(name, shape));
  const hidden = batchNorm(conv(concat([upsampleNearest(x, 2), skip], 1), w, { padding: 1 }), g, b, {
    epsilon: 1e-5,
  });
  const y = conv(hidden, v, { padding: 1 });
  const [dx, dw, dv, dg] = gradients(scalar(sum(square(y))), [x, w, v, g]);
  const program = { outputs: { y, dx, dw, dv, dg } };
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, drawn(name, shape)]));
  const plain = await run(ort, compile(program, 0).model, feeds);
  const blocked = await run(ort, compile(program, block).model, feeds);
  return Math.max(
    ...plain.map((values, output) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - blocked[output][i])), 0);
      return off / largest;
    }),
  );
}

function drawn(name: string, shape: Shape): Tensor {
  const stream = new RandomStream('self-check', name);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

async function run(ort: OnnxRuntime, model: OnnxModel, feeds: NamedTensors): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(encodeModel(model), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const inputs = Object.entries(feeds).map(
    ([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)] as const,
  );
  try {
    const results = await session.run(Object.fromEntries(inputs));
    return model.outputs.map(({ name }) => results[name].data as Float32Array);
  } finally {
    await session.release();
  }
}
