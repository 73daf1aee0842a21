import type { Value } from '../graph/graph.ts';
import { type ConvOptions, conv } from '../ops/conv.ts';
import { add, div, mul, relu, sqrt, sub } from '../ops/elementwise.ts';
import { reshape } from '../ops/movement.ts';
import { batchNorm, channelMean, channelVariance } from '../ops/norm.ts';
import { contentOf, type ModelContext } from './context.ts';
import { defaultUniform } from './init.ts';

/** PyTorch's BatchNorm2d. */
const BATCH_NORM = { epsilon: 1e-5, momentum: 0.1 };

/** A convolution k x k with bias, stride 1, same size: `<name>.weight` [O, I, k, k], `<name>.bias` [O]. */
export function convolution(
  context: ModelContext,
  x: Value,
  name: string,
  channels: number,
  kernel: number,
): Value {
  const shape = [channels, x.shape[1], kernel, kernel];
  const w = context.parameter(`${name}.weight`, shape, defaultUniform(shape));
  const bias = context.parameter(`${name}.bias`, [channels], defaultUniform(shape));
  return conv(x, w, { padding: (kernel - 1) / 2, bias });
}

/**
 * Convolution 3x3 without bias, batch norm, ReLU; same size. Parameters as PyTorch's Sequential names them:
 * `<name>.0.weight` [O, I, 3, 3], `<name>.1.{weight,bias,running_mean,running_var}` [O].
 */
export function convNormRelu(context: ModelContext, x: Value, name: string, channels: number): Value {
  const shape = [channels, x.shape[1], 3, 3];
  const w = context.parameter(`${name}.0.weight`, shape, defaultUniform(shape));
  return relu(normalised(context, x, w, name, { padding: 1 }));
}

/**
 * A convolution and the batch norm after it, as PyTorch's BatchNorm2d: in training by the batch's statistics, which
 * move the running ones (momentum 0.1, variance unbiased); in evaluation by the running ones, folded into the kernel.
 */
function normalised(context: ModelContext, x: Value, w: Value, layer: string, options: ConvOptions): Value {
  const channels = w.shape[0];
  const name = `${layer}.1`;
  const gamma = context.parameter(`${name}.weight`, [channels], { fill: 1 });
  const beta = context.parameter(`${name}.bias`, [channels], { fill: 0 });
  const runningMean = context.parameter(`${name}.running_mean`, [channels], { fill: 0 }, false);
  const runningVariance = context.parameter(`${name}.running_var`, [channels], { fill: 1 }, false);

  if (context.mode === 'evaluate') {
    if (context.baked) {
      const folded = foldedNorm(context, w, layer);
      return conv(x, folded.w, { ...options, bias: folded.bias });
    }
    const scale = div(gamma, sqrt(add(runningVariance, BATCH_NORM.epsilon)));
    const bias = sub(beta, mul(runningMean, scale));
    return conv(x, mul(w, reshape(scale, [channels, 1, 1, 1])), { ...options, bias });
  }

  const y = conv(x, w, options);
  const count = y.shape[0] * y.shape[2] * y.shape[3];
  const moved = (running: Value, now: Value, correction = 1) =>
    add(mul(running, 1 - BATCH_NORM.momentum), mul(now, BATCH_NORM.momentum * correction));
  context.updates.set(`${name}.running_mean`, moved(runningMean, channelMean(y)));
  // Of a single value there is no unbiased variance; the running one stays finite by taking the biased one.
  const unbiased = count > 1 ? count / (count - 1) : 1;
  context.updates.set(`${name}.running_var`, moved(runningVariance, channelVariance(y), unbiased));
  return batchNorm(y, gamma, beta, { epsilon: BATCH_NORM.epsilon });
}

/** Kernel and bias of convolution and batch norm in one, computed in float64. */
function foldedNorm(context: ModelContext, w: Value, layer: string): { w: Value; bias: Value } {
  const channels = w.shape[0];
  const vector = (last: string) =>
    contentOf(context.baked!, { name: `${layer}.1.${last}`, shape: [channels] }, 'weights').data;
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(vector);
  const scale = Array.from(gamma, (g, o) => g / Math.sqrt(variance[o] + BATCH_NORM.epsilon));
  const kernel = contentOf(context.baked!, { name: `${layer}.0.weight`, shape: w.shape }, 'weights').data;
  const size = kernel.length / channels;
  return {
    w: context.graph.constant(
      kernel.map((value, i) => value * scale[Math.floor(i / size)]),
      w.shape,
      `${layer}.weight`,
    ),
    bias: context.graph.constant(
      Float32Array.from(beta, (b, o) => b - mean[o] * scale[o]),
      [channels],
      `${layer}.bias`,
    ),
  };
}
