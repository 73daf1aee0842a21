import { type Shape, sizeOf, stridesOf } from '../../src/core/shape.ts';

/** A float64 tensor, row-major: what the naive references work on. */
export interface NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;
}

type Index = readonly number[];

/** Calls back for every index of a shape, in row-major order. */
function forEachIndex(shape: Shape, body: (index: number[], flat: number) => void): void {
  const index = shape.map(() => 0);
  for (let flat = 0; flat < sizeOf(shape); flat++) {
    body(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

/** A tensor whose every element is a function of its index. */
export function build(shape: Shape, element: (index: Index) => number): NdArray {
  const data = new Float64Array(sizeOf(shape));
  forEachIndex(shape, (index, flat) => {
    data[flat] = element(index);
  });
  return { shape, data };
}

/** The element at an index; axes of extent 1, and axes that are missing in front, are broadcast. */
export function at({ shape, data }: NdArray, index: Index): number {
  const skipped = index.length - shape.length;
  let flat = 0;
  for (const [axis, stride] of stridesOf(shape).entries())
    flat += shape[axis] === 1 ? 0 : stride * index[axis + skipped];
  return data[flat];
}

/** One function over several tensors, element by element, broadcasting as NumPy does. */
export function elementwise(...inputs: readonly NdArray[]) {
  return (f: (...values: number[]) => number): NdArray => {
    const rank = Math.max(...inputs.map(({ shape }) => shape.length));
    const shape = Array.from({ length: rank }, (_, axis) =>
      Math.max(...inputs.map((input) => input.shape[axis - rank + input.shape.length] ?? 1)),
    );
    return build(shape, (index) => f(...inputs.map((input) => at(input, index))));
  };
}

export const reshaped = ({ data }: NdArray, shape: Shape): NdArray => ({ shape, data });

export const broadcast = (x: NdArray, shape: Shape): NdArray => build(shape, (index) => at(x, index));

export function transposed(x: NdArray, order: readonly number[]): NdArray {
  return build(
    order.map((axis) => x.shape[axis]),
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[order.indexOf(axis)]),
      ),
  );
}

/** Sums over axes, which stay with extent 1. */
export function summed(x: NdArray, axes: readonly number[]): NdArray {
  const shape = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const result = build(shape, () => 0);
  const strides = stridesOf(shape);
  forEachIndex(x.shape, (index, flat) => {
    const target = index.reduce((sum, i, axis) => sum + (axes.includes(axis) ? 0 : i * strides[axis]), 0);
    result.data[target] += x.data[flat];
  });
  return result;
}

/** The sum of all elements. */
export const total = ({ data }: NdArray): number => data.reduce((a, b) => a + b, 0);

/** Parts one after another along an axis. */
export function concatenated(parts: readonly NdArray[], axis: number): NdArray {
  const extent = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  return build(
    parts[0].shape.map((size, a) => (a === axis ? extent : size)),
    (index) => {
      let [i, part] = [index[axis], 0];
      while (i >= parts[part].shape[axis]) i -= parts[part++].shape[axis];
      return at(parts[part], index.with(axis, i));
    },
  );
}

/** Elements start, start + step, .. before stop along an axis. */
export function sliced(x: NdArray, axis: number, start: number, stop: number, step = 1): NdArray {
  const kept: number[] = [];
  for (let i = start; i < stop; i += step) kept.push(i);
  return build(
    x.shape.map((size, a) => (a === axis ? kept.length : size)),
    (index) => at(x, index.with(axis, kept[index[axis]])),
  );
}

/** Zeros around; `before` and `after` hold a count an axis. */
export function padded(x: NdArray, before: readonly number[], after: readonly number[]): NdArray {
  return build(
    x.shape.map((size, axis) => before[axis] + size + after[axis]),
    (index) => {
      const source = index.map((i, axis) => i - before[axis]);
      return source.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, source) : 0;
    },
  );
}

/** Matrix products over the last two axes; the axes before them broadcast. */
export function product(a: NdArray, b: NdArray): NdArray {
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1];
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  const batch = Array.from({ length: rank }, (_, axis) =>
    Math.max(a.shape.at(axis - rank - 2) ?? 1, b.shape.at(axis - rank - 2) ?? 1),
  );
  // Views with extent-1 batch axes where the operand has fewer of them, so that `at` broadcasts them alone.
  const wide = (x: NdArray) => reshaped(x, [...Array<number>(rank + 2 - x.shape.length).fill(1), ...x.shape]);
  const [left, right] = [wide(a), wide(b)];
  return build([...batch, m, n], (index) => {
    const outer = index.slice(0, rank);
    let sum = 0;
    for (let i = 0; i < k; i++)
      sum += at(left, [...outer, index[rank], i]) * at(right, [...outer, i, index[rank + 1]]);
    return sum;
  });
}

/** log(exp(x) / sum exp(x)) over an axis. */
export function logSoftmaxed(x: NdArray, axis: number): NdArray {
  const largest = Math.max(...x.data);
  const sums = summed(
    elementwise(x)((value) => Math.exp(value - largest)),
    [axis],
  );
  return elementwise(x, sums)((value, sum) => value - largest - Math.log(sum));
}
