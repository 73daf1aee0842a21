import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';

/** Of batch norm, as PyTorch's BatchNorm2d has it: what is added to variances. */
export const NORM_EPSILON = 1e-5;

/** The tensors of a batch norm, each [C], by PyTorch's names. */
export const NORM_TENSORS = ['weight', 'bias', 'running_mean', 'running_var'] as const;
export type NormTensor = (typeof NORM_TENSORS)[number];

/**
 * A convolution without bias and the batch norm of inference behind it as one convolution with bias: w gamma / sqrt(variance +
 * epsilon) and beta - mean gamma / sqrt(variance + epsilon), computed in float64.
 *
 * @param contentOf the norm's tensors
 * @param options.axis of the kernel's output channels
 */
export function foldNorm(
  { shape, data }: Tensor,
  contentOf: (tensor: NormTensor) => Float32Array,
  { axis = 0, epsilon = NORM_EPSILON }: { readonly axis?: 0 | 1; readonly epsilon?: number } = {},
): { readonly weight: Tensor; readonly bias: Tensor } {
  const [gamma, beta, mean, variance] = NORM_TENSORS.map(contentOf);
  const channels = shape[axis];
  const scale = Array.from(gamma, (g, o) => g / Math.sqrt(variance[o] + epsilon));
  const stride = sizeOf(shape.slice(axis + 1));
  const kernel = data.map((value, i) => value * scale[Math.floor(i / stride) % channels]);
  const bias = Float32Array.from(beta, (b, o) => b - mean[o] * scale[o]);
  return { weight: { shape, data: kernel }, bias: { shape: [channels], data: bias } };
}
