import type { Shape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import { conv, convTranspose } from '../ops/conv.ts';
import { add, div, mul, relu, sqrt, sub } from '../ops/elementwise.ts';
import { reshape } from '../ops/movement.ts';
import { batchNorm, channelMean, channelVariance } from '../ops/norm.ts';
import { contentOf, type ModelContext } from './context.ts';
import { defaultUniform } from './init.ts';
import { foldNorm, NORM_EPSILON } from './norm.ts';

/** A kernel's way over its input, and where its output channels stand among its axes. */
interface Kernel {
  readonly axis: 0 | 1;
  /** The weight's shape. */
  shape(inputs: number, outputs: number): Shape;
  apply(x: Value, w: Value, bias?: Value): Value;
}

/** Convolution 3x3, same size: weight [O, I, 3, 3]. */
const same: Kernel = {
  axis: 0,
  shape: (inputs, outputs) => [outputs, inputs, 3, 3],
  apply: (x, w, bias) => conv(x, w, { padding: 1, bias }),
};

/** Transposed convolution 3x3 to twice the size, y[2i - 1 + k] += x[i] w[k]: weight [I, O, 3, 3]. */
const doubling: Kernel = {
  axis: 1,
  shape: (inputs, outputs) => [inputs, outputs, 3, 3],
  apply: (x, w, bias) => {
    const y = convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 });
    return bias ? add(y, reshape(bias, [1, y.shape[1], 1, 1])) : y;
  },
};

const kernels = { same, doubling };
type KernelName = keyof typeof kernels;

/** A layer with bias: `<name>.weight`, `<name>.bias` [O]. */
export function biased(
  context: ModelContext,
  x: Value,
  name: string,
  kernel: KernelName,
  channels: number,
): Value {
  const shape = kernels[kernel].shape(x.shape[1], channels);
  const w = context.parameter(`${name}.weight`, shape, defaultUniform(shape));
  const bias = context.parameter(`${name}.bias`, [channels], defaultUniform(shape));
  return kernels[kernel].apply(x, w, bias);
}

/**
 * A layer without bias, batch norm, ReLU. Parameters as PyTorch's Sequential names them: `<name>.0.weight`,
 * `<name>.1.{weight,bias,running_mean,running_var}` [O].
 *
 * Batch norm is PyTorch's BatchNorm2d: in training by the batch's statistics, which move the running ones (variance
 * unbiased); in evaluation by the running ones, folded into the kernel.
 */
export function normRelu(
  context: ModelContext,
  x: Value,
  layer: string,
  kernel: KernelName,
  channels: number,
): Value {
  const made = normed(context, x, layer, kernel, channels);
  context.activations.set(layer, made);
  return made;
}

function normed(context: ModelContext, x: Value, layer: string, kernel: KernelName, channels: number): Value {
  const { apply, axis, shape: shapeOf } = kernels[kernel];
  const shape = shapeOf(x.shape[1], channels);
  const w = context.parameter(`${layer}.0.weight`, shape, defaultUniform(shape));
  const name = `${layer}.1`;
  const gamma = context.parameter(`${name}.weight`, [channels], { fill: 1 });
  const beta = context.parameter(`${name}.bias`, [channels], { fill: 0 });
  const runningMean = context.parameter(`${name}.running_mean`, [channels], { fill: 0 }, false);
  const runningVariance = context.parameter(`${name}.running_var`, [channels], { fill: 1 }, false);

  if (context.mode === 'unnormed') {
    const y = apply(x, w);
    context.unnormed.set(name, y);
    return relu(y);
  }

  const norm = { name, gamma, beta, mean: runningMean, variance: runningVariance };
  if (context.mode === 'evaluate') {
    const folded = context.baked
      ? foldedByContent(context, layer, shape, axis)
      : foldedByState(w, norm, axis);
    return relu(apply(x, folded.w, folded.bias));
  }
  return relu(normOfBatch(context, apply(x, w), norm));
}

/** A batch norm, by its name, as `decoder.blocks.0.conv1.1`, and what it knows of each channel, [C]. */
export interface Norm {
  readonly name: string;
  readonly gamma: Value;
  readonly beta: Value;
  /** The running ones. */
  readonly mean: Value;
  readonly variance: Value;
}

/** Batch norm of training: by the statistics of y, which move the running ones. */
export function normOfBatch(
  context: ModelContext,
  y: Value,
  { name, gamma, beta, mean, variance }: Norm,
): Value {
  const count = y.shape[0] * y.shape[2] * y.shape[3];
  const moved = (running: Value, now: Value, correction = 1) =>
    add(mul(running, 1 - context.normMomentum), mul(now, context.normMomentum * correction));
  context.updates.set(`${name}.running_mean`, moved(mean, channelMean(y)));
  // Of a single value there is no unbiased variance; the running one stays finite by taking the biased one.
  const unbiased = count > 1 ? count / (count - 1) : 1;
  context.updates.set(`${name}.running_var`, moved(variance, channelVariance(y), unbiased));
  return batchNorm(y, gamma, beta, { epsilon: NORM_EPSILON });
}

/** Kernel and bias of a layer and the batch norm of inference behind it in one, in the graph. */
export function foldedByState(
  w: Value,
  { gamma, beta, mean, variance }: Norm,
  axis: 0 | 1,
): { w: Value; bias: Value } {
  const scale = div(gamma, sqrt(add(variance, NORM_EPSILON)));
  const bias = sub(beta, mul(mean, scale));
  const alongAxis = [1, 1, 1, 1].map((one, i) => (i === axis ? w.shape[axis] : one));
  return { w: mul(w, reshape(scale, alongAxis)), bias };
}

/** The same of a finished network. */
function foldedByContent(
  context: ModelContext,
  layer: string,
  shape: Shape,
  axis: 0 | 1,
): { w: Value; bias: Value } {
  const channels = shape[axis];
  const content = (name: string, of: Shape) => contentOf(context.baked!, { name, shape: of }, 'weights');
  const kernel = content(`${layer}.0.weight`, shape);
  const { weight, bias } = foldNorm(kernel, (of) => content(`${layer}.1.${of}`, [channels]).data, { axis });
  return {
    w: context.graph.constant(weight.data, shape, `${layer}.weight`),
    bias: context.graph.constant(bias.data, [channels], `${layer}.bias`),
  };
}
