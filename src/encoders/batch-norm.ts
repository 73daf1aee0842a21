import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import { foldNorm } from '../nn/norm-folding.ts';

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
 * The two as one convolution with bias.
 *
 * @param tensors that `normedConvSpecs` names
 */
export function foldBatchNorm(
  tensors: Tensors,
  { conv, norm }: NormedConv,
  epsilon: number,
): { readonly weight: Tensor; readonly bias: Tensor } {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (name) => tensors.get(`${norm}.${name}`)!.data,
  );
  return foldNorm(tensors.get(`${conv}.weight`)!, { gamma, beta, mean, variance }, { axis: 0, epsilon });
}
