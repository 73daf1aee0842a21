import { UserError } from './errors.ts';
import { formatShape, type Shape, sizeOf, stridesOf } from './shape.ts';

/** A dense float32 tensor, row-major. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A tensor that is known by name and shape, not by content. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: Shape;
}

/** Tensors by name, in a stable order. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** A tensor over `data`, or of zeros; throws if the length does not fit the shape. */
export function tensor(shape: Shape, data: Float32Array = new Float32Array(sizeOf(shape))): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `tensor: got ${data.length} values, expected ${sizeOf(shape)} for shape ${formatShape(shape)}`,
    );
  }
  return { shape, data };
}

/**
 * Weights that are not finite make every result NaN, which a mask shows as background.
 *
 * @param what the tensor, and the file that it is of
 * @throws UserError naming the place of the first number that is NaN or infinite
 */
export function expectFinite({ shape, data }: Tensor, what: string): void {
  // Zero times a number is zero, or NaN where it is not finite: one sum to look at, not a branch for each number.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * 0;
  if (sum === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const place = stridesOf(shape).map((stride, axis) => Math.floor(at / stride) % shape[axis]);
  throw new UserError({
    what,
    got: `${data[at]} at ${formatShape(place)}`,
    expected: 'finite numbers',
    fix: 'the file is damaged, or a training that went astray wrote it: take another',
  });
}
