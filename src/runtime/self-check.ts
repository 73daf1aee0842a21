import type * as onnxruntime from 'onnxruntime-common';
import { RandomStream } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { Graph } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import { conv } from '../ops/conv.ts';
import { square } from '../ops/elementwise.ts';
import { gradients } from '../ops/index.ts';
import { concat } from '../ops/movement.ts';
import { batchNorm } from '../ops/norm.ts';
import { scalar, sum } from '../ops/reduce.ts';
import { upsampleNearest } from '../ops/resize.ts';
import { passes } from '../passes/index.ts';
import type { OnnxRuntime } from './sessions.ts';

/** What two ways to compute are compared by. */
export interface SelfCheck {
  readonly program: Program;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** A small step, as a training takes it: an image made smaller channel by channel and enlarged, beside a skip, normalised. */
export function smallStep(): SelfCheck {
  const graph = new Graph(passes);
  const shapes = {
    x: [2, 32, 10, 16],
    d: [32, 1, 3, 3],
    skip: [2, 16, 10, 16],
    w: [48, 48, 3, 3],
    v: [1, 48, 3, 3],
    g: [48],
    b: [48],
  };
  const [x, d, skip, w, v, g, b] = Object.entries(shapes).map(([name, shape]) => graph.input(name, shape));
  const small = conv(x, d, { padding: 1, stride: 2, groups: 32 });
  const both = concat([upsampleNearest(small, 2), skip], 1);
  const hidden = batchNorm(conv(both, w, { padding: 1 }), g, b, { epsilon: 1e-5 });
  const y = conv(hidden, v, { padding: 1 });
  const [dx, dd, dw, dv, dg] = gradients(scalar(sum(square(y))), [x, d, w, v, g]);
  return { program: { outputs: { y, dx, dd, dw, dv, dg } }, feeds: fedTo(shapes) };
}

/**
 * A convolution and its gradients.
 *
 * @param extent height and width of the images
 */
export function convolutionStep(images: number, extent: number): SelfCheck {
  const graph = new Graph(passes);
  const shapes = { x: [images, 64, extent, extent], w: [64, 64, 3, 3] };
  const [x, w] = Object.entries(shapes).map(([name, shape]) => graph.input(name, shape));
  const y = scalar(sum(square(conv(x, w, { padding: 1 }))));
  const [dx, dw] = gradients(y, [x, w]);
  return { program: { outputs: { y, dx: scalar(sum(dx)), dw } }, feeds: fedTo(shapes) };
}

const fedTo = (shapes: Readonly<Record<string, Shape>>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, drawn(name, shape)]));

function drawn(name: string, shape: Shape): Tensor {
  const stream = new RandomStream('self-check', name);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

/**
 * What a model puts out in a session of its own, in the order of its outputs, and how long each of its runs took, in ms.
 *
 * @param options.runs how often it is run, at least once
 */
export async function ranWith(
  ort: OnnxRuntime,
  model: OnnxModel,
  feeds: SelfCheck['feeds'],
  { runs, ...options }: onnxruntime.InferenceSession.SessionOptions & { readonly runs: number },
): Promise<{ readonly outputs: readonly Float32Array[]; readonly ms: readonly number[] }> {
  const session = await ort.InferenceSession.create(encodeModel(model), { ...options, logSeverityLevel: 4 });
  const inputs = Object.entries(feeds).map(
    ([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)] as const,
  );
  const ms: number[] = [];
  try {
    for (;;) {
      const began = performance.now();
      const results = await session.run(Object.fromEntries(inputs));
      ms.push(performance.now() - began);
      if (ms.length < runs) continue;
      return { outputs: model.outputs.map(({ name }) => results[name].data as Float32Array), ms };
    }
  } finally {
    await session.release();
  }
}

/** The largest difference of an output, as a part of that output's largest value. */
export function largestPart(expected: readonly Float32Array[], found: readonly Float32Array[]): number {
  return Math.max(
    ...expected.map((values, output) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - found[output][i])), 0);
      return Number.isNaN(off) ? Number.POSITIVE_INFINITY : off / largest;
    }),
  );
}
