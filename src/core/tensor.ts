import { formatShape, type Shape, sizeOf } from './shape.ts';

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
