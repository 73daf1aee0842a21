import { type Shape, sizeOf } from '../core/shape.ts';
import type { NodeRun } from './profile-events.ts';

/** In multiplications and additions; undefined if the runtime has packed away what tells it. */
type Work = (inputs: readonly (Shape | undefined)[], output: Shape) => number | undefined;

/** y [N, O, H', W'] of w [O, I/groups, KH, KW]: a multiplication and an addition for each element of a kernel. */
const convolution: Work = ([, weights], y) => weights && 2 * sizeOf(y) * sizeOf(weights.slice(1));

/** Of x [N, I, H, W] and w [I, O/groups, KH, KW]: each element of x meets all of its kernels. */
const transposedConvolution: Work = ([x, weights]) =>
  x && weights && 2 * sizeOf(x) * sizeOf(weights.slice(1));

/** y [.., M, N] of a [.., M, K] or [.., K, M]. The second factor is not needed, and missing if it is constant. */
const product: Work = ([a], y) => a && (2 * sizeOf(y) * sizeOf(a.slice(-2))) / y[y.length - 2];

const WORK: Readonly<Record<string, Work>> = {
  Conv: convolution,
  FusedConv: convolution,
  ConvTranspose: transposedConvolution,
  MatMul: product,
  FusedMatMul: product,
  Gemm: product,
  FusedGemm: product,
};

/** Multiplications and additions of a convolution or a product of matrices, in GFLOP; undefined for other operators. */
export function workOf({ operator, inputs, outputs }: NodeRun): number | undefined {
  const work = WORK[operator]?.(inputs, outputs[0]);
  return work && work / 1e9;
}
