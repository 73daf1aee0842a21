import * as ort from 'onnxruntime-node';
import { RandomStream } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { Graph } from '../graph/graph.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import { conv } from '../ops/conv.ts';
import { relu } from '../ops/elementwise.ts';
import { compile } from './compile.ts';

/** Channels in a block with AVX-512, and with AVX2. */
const SIZES = [16, 8];

/** Largest part of the largest value by which the blocked and the plain way may differ. */
const TOLERANCE = 1e-5;

/**
 * How many channels this runtime puts into a block on this machine, found by trying; 0 where it has no blocked operators
 * or where they do not give what the plain ones give. They are internal to the runtime, so nothing is taken on trust.
 */
export async function blockSize(): Promise<number> {
  let ran = false;
  for (const block of SIZES) {
    const difference = await differenceWith(block).catch(() => undefined);
    if (difference === undefined) continue;
    ran = true;
    if (difference <= TOLERANCE) return block;
  }
  if (ran)
    process.emitWarning('the blocked operators of ONNX Runtime fail their self-check; plain ones are used');
  return 0;
}

/** Two convolutions with what lies between them, in blocks against plain: the difference as a part of the largest value. */
async function differenceWith(block: number): Promise<number> {
  const graph = new Graph();
  const shapes = { x: [2, 32, 7, 9], w1: [48, 32, 3, 3], w2: [16, 48, 2, 3] };
  const [x, w1, w2] = Object.entries(shapes).map(([name, shape]) => graph.input(name, shape));
  const y = conv(relu(conv(x, w1, { padding: 1 })), w2, { stride: 2, padding: [0, 1, 1, 1] });
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, drawn(name, shape)]));
  const plain = await run(compile({ outputs: { y } }, 0).model, feeds);
  const blocked = await run(compile({ outputs: { y } }, block).model, feeds);
  const largest = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return plain.reduce((most, value, i) => Math.max(most, Math.abs(value - blocked[i])), 0) / largest;
}

function drawn(name: string, shape: Shape): ort.Tensor {
  const stream = new RandomStream('self-check', name);
  return new ort.Tensor(
    'float32',
    Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()),
    shape,
  );
}

async function run(model: OnnxModel, feeds: Record<string, ort.Tensor>): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(encodeModel(model), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    return (await session.run(feeds)).y.data as Float32Array;
  } finally {
    await session.release();
  }
}
