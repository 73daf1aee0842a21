import type { Graph, Value } from '../graph/graph.ts';
import { add, div, maximum, mul, square, sub } from '../ops/elementwise.ts';
import { matmul } from '../ops/linalg.ts';

const SIGMA = 1.5;
/** Of the window, 11 x 11, on either side of its centre. */
const REACH = 5;
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

/**
 * Structural similarity of two images at every pixel, by Wang et al. 2004 ("Image quality assessment: from error visibility to
 * structural similarity", eq. 13) with their window, 11 x 11, Gaussian of sigma 1.5, and K1 = 0.01, K2 = 0.03 for images in
 * [0, 1]. At the edges, where they leave the map out, the window is what is left of it, its weights again of sum 1.
 *
 * The window is applied as two matrix products, along rows and along columns.
 *
 * @param x [N, C, H, W], in [0, 1] or beyond
 * @param y of the same shape
 * @returns [N, C, H, W], at most 1
 */
export function ssimMap(x: Value, y: Value): Value {
  const [height, width] = x.shape.slice(2);
  const down = windowMatrix(x.graph, height, 'rows');
  const across = windowMatrix(x.graph, width, 'columns');
  const local = (value: Value) => matmul(down, matmul(value, across));
  const [meanX, meanY] = [local(x), local(y)];
  const products = mul(meanX, meanY);
  const squares = add(square(meanX), square(meanY));
  // Rounding may leave less than nothing of the variances, of which the sum is enough.
  const variances = maximum(sub(local(add(square(x), square(y))), squares), 0);
  const covariance = sub(local(mul(x, y)), products);
  const alike = mul(add(mul(products, 2), C1), add(mul(covariance, 2), C2));
  return div(alike, mul(add(squares, C1), add(variances, C2)));
}

/** [length, length]: the weights of the window at every place, in columns, or as rows. */
function windowMatrix(graph: Graph, length: number, along: 'rows' | 'columns'): Value {
  const matrix = new Float32Array(length * length);
  for (let at = 0; at < length; at++) {
    const first = Math.max(0, at - REACH);
    const last = Math.min(length - 1, at + REACH);
    let sum = 0;
    for (let i = first; i <= last; i++) sum += gaussian(i - at);
    for (let i = first; i <= last; i++)
      matrix[along === 'rows' ? at * length + i : i * length + at] = gaussian(i - at) / sum;
  }
  return graph.constant(matrix, [length, length]);
}

const gaussian = (distance: number) => Math.exp(-(distance ** 2) / (2 * SIGMA ** 2));
