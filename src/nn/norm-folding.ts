import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';

/** What batch norm knows of each channel, all [C]. */
export interface NormContent {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * A convolution without bias and the batch norm of inference behind it as one convolution with bias: w gamma / sqrt(variance +
 * epsilon) and beta - mean gamma / sqrt(variance + epsilon), computed in float64.
 *
 * @param axis of the kernel's output channels
 */
export function foldNorm(
  { shape, data }: Tensor,
  { gamma, beta, mean, variance }: NormContent,
  { axis, epsilon }: { readonly axis: 0 | 1; readonly epsilon: number },
): { readonly weight: Tensor; readonly bias: Tensor } {
  const channels = shape[axis];
  const scale = Array.from(gamma, (g, o) => g / Math.sqrt(variance[o] + epsilon));
  const stride = sizeOf(shape.slice(axis + 1));
  const kernel = data.map((value, i) => value * scale[Math.floor(i / stride) % channels]);
  const bias = Float32Array.from(beta, (b, o) => b - mean[o] * scale[o]);
  return { weight: { shape, data: kernel }, bias: { shape: [channels], data: bias } };
}
