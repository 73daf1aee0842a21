import { ELEMENT_TYPES, type ElementType, readElements } from '../core/elements.ts';
import { type Shape, sizeOf, stridesOf } from '../core/shape.ts';

/** Numbers that lie together in a file of PyTorch's, by the name that its pickle has for them. */
export class Storage {
  /**
   * @param count of the numbers
   * @param start of a part of a storage: where in it the part begins, in numbers
   */
  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly count: number,
    readonly start = 0,
  ) {}
}

/** A tensor as a file tells of it: numbers of a storage, not read yet. Strides and offset in numbers. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: Shape,
    readonly strides: readonly number[],
  ) {}

  /** One past the last number of the storage that is read. */
  get end(): number {
    if (this.shape.includes(0)) return this.offset;
    return this.shape.reduce((at, extent, axis) => at + (extent - 1) * this.strides[axis], this.offset + 1);
  }
}

/** PyTorch's classes of storages, as `FloatStorage`; complex and quantised ones are not read. */
export const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: ELEMENT_TYPES.F64,
  FloatStorage: ELEMENT_TYPES.F32,
  HalfStorage: ELEMENT_TYPES.F16,
  BFloat16Storage: ELEMENT_TYPES.BF16,
  LongStorage: ELEMENT_TYPES.I64,
  IntStorage: ELEMENT_TYPES.I32,
  ShortStorage: ELEMENT_TYPES.I16,
  CharStorage: ELEMENT_TYPES.I8,
  ByteStorage: ELEMENT_TYPES.U8,
  BoolStorage: ELEMENT_TYPES.BOOL,
};

/**
 * The numbers of a view, row-major.
 *
 * @param bytes of its storage, which `view.end` lies in
 */
export function contentOfView(view: TensorView, bytes: Uint8Array): Float32Array {
  const { offset, shape, strides } = view;
  const { type, start } = view.storage;
  const from = start + offset;
  const numbers = readElements(type, bytes.subarray(from * type.bytes, (start + view.end) * type.bytes));
  const dense = stridesOf(shape);
  if (shape.every((extent, axis) => extent <= 1 || strides[axis] === dense[axis])) return numbers;
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (let axis = 0, rest = i; axis < shape.length; axis++) {
      at += Math.floor(rest / dense[axis]) * strides[axis];
      rest %= dense[axis];
    }
    data[i] = numbers[at];
  }
  return data;
}
