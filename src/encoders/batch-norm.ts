import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';

/** What is added to variances by PyTorch, torchvision and timm. */
export const PYTORCH_EPSILON = 1e-5;

/** A convolution without bias and the batch norm behind it, by their names in a file. */
export interface NormedConv {
  readonly conv: string;
  readonly norm: string;
}

/** The tensors of both in PyTorch's names, for a kernel of this shape. */
export function normedConvSpecs({ conv, norm }: NormedConv, kernel: readonly number[]): TensorSpec[] {
  const statistics = ['weight', 'bias', 'running_mean', 'running_var'];
  return [
    { name: `${conv}.weight`, shape: kernel },
    ...statistics.map((name) => ({ name: `${norm}.${name}`, shape: [kernel[0]] })),
  ];
}

/**
 * The two as one convolution with bias: w gamma / sqrt(var + epsilon) and beta - mean gamma / sqrt(var + epsilon), computed
 * in float64.
 *
 * @param tensors that `normedConvSpecs` names
 */
export function foldBatchNorm(
  tensors: Tensors,
  { conv, norm }: NormedConv,
  epsilon: number,
): { weight: Tensor; bias: Tensor } {
  const of = (name: string) => tensors.get(name)!;
  const { shape, data } = of(`${conv}.weight`);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (name) => of(`${norm}.${name}`).data,
  );
  const factors = Float64Array.from(gamma, (value, o) => value / Math.sqrt(variance[o] + epsilon));
  const each = data.length / shape[0];
  return {
    weight: { shape, data: data.map((value, i) => value * factors[Math.floor(i / each)]) },
    bias: { shape: [shape[0]], data: Float32Array.from(beta, (value, o) => value - mean[o] * factors[o]) },
  };
}
