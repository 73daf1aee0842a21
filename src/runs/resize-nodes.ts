import type { NodeWriter } from '../graph/node-writer.ts';

/** Bits after the point of weights for bytes, as Pillow has them. */
const FRACTION_BITS = 22;
/** Such a weight, 0 to 2^22, as three digits of 8 bits, the highest first. */
const DIGITS = [2 ** 16, 2 ** 8, 1];

/** Numbers of ONNX's TensorProto.DataType. */
export const TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7, double: 11 } as const;

/** How an axis becomes another: names of tensors of one element, and the centres of its outputs. */
interface Axis {
  /** double: its extent. */
  readonly from: string;
  /** double: how far an output reads to either side of its centre. */
  readonly support: string;
  /** double [to, 1]. */
  readonly centres: string;
}

/**
 * ONNX nodes that resize as `resizeBilinear` and `resizePlane` do, where extents are known only when the model runs. They are
 * plain operators of set 17, and what they give is the same in every runtime.
 *
 * ONNX's own `Resize` with `antialias` (set 18) rounds weights to float32 and leaves open what is done between rows and columns:
 * with `exclude_outside` 1, ONNX Runtime 1.30 gives bytes that differ by 1 in up to 47 of 49,152 places of a 128 x 128 image, and
 * without it by up to 20 at the edges.
 */
export class ResizeNodes {
  constructor(private readonly writer: NodeWriter) {}

  /**
   * Bytes along their first axis: with weights of 22 fractional bits, in whole numbers, the sum as a byte. Each output gathers what
   * it reads; a matrix over the whole axis would take some 60 times the work for an image of 4000 pixels at 128.
   *
   * @param x uint8 [from, ..]
   * @param to int64 [1]
   * @returns uint8 [to, ..]
   */
  bytes(x: string, to: string): string {
    const node = this.#node;
    const axis = this.#axis(x, to);
    const reach = node('Add', [node('Sub', [axis.centres, axis.support]), this.#double(0.5)]);
    const first = node('Max', [node('Floor', [reach]), this.#double(0)]);
    const count = node('Add', [
      node('Mul', [node('Ceil', [axis.support]), this.#double(2)]),
      this.#double(1),
    ]);
    const places = node('Add', [first, this.#upTo(count)]);
    const last = node('Sub', [axis.from, this.#double(1)]);
    const read = node('Gather', [x, this.#cast(node('Min', [places, last]), TYPE.int64)], { axis: 0 });
    // [to, digits, places] times [to, places, rest]
    const digits = this.#digitsOf(this.#weights(places, axis));
    const sums = node('MatMulInteger', [digits, node('Reshape', [read, this.writer.ints([0, 0, -1])])]);
    const shifted = node('Mul', [sums, this.#cast(this.#digitPlaces(), TYPE.int32)]);
    const sum = node('ReduceSum', [shifted, this.writer.ints([1])], { keepdims: 0 });
    const rounded = node('Add', [sum, this.#int(2 ** (FRACTION_BITS - 1))]);
    const bytes = this.#cast(node('Div', [rounded, this.#int(2 ** FRACTION_BITS)]), TYPE.uint8);
    return this.#likeButFirst(bytes, x, to);
  }

  /**
   * Numbers along their first axis, without rounding: a matrix over it, as it is no longer than the network's size.
   *
   * @param x float32 [from, ..]
   * @param to int64 [1]
   * @returns float32 [to, ..]
   */
  floats(x: string, to: string): string {
    const axis = this.#axis(x, to);
    const places = this.#node('Unsqueeze', [this.#upTo(axis.from), this.writer.ints([0])]);
    const matrix = this.#cast(this.#weights(places, axis), TYPE.float32);
    const rows = this.#node('Reshape', [x, this.writer.ints([0, -1])]);
    return this.#likeButFirst(this.#node('MatMul', [matrix, rows]), x, to);
  }

  /** int64 [1]. */
  extent(x: string, axis: number): string {
    return this.#node('Gather', [this.#node('Shape', [x]), this.writer.ints([axis])], { axis: 0 });
  }

  // What follows is `tapsOf` of src/data/decode/resize.ts, in its order of operations on float64.

  #axis(x: string, to: string): Axis {
    const node = this.#node;
    const from = this.#cast(this.extent(x, 0), TYPE.double);
    const extent = this.#cast(to, TYPE.double);
    const scale = node('Div', [from, extent]);
    const centres = node('Mul', [node('Add', [this.#upTo(extent), this.#double(0.5)]), scale]);
    return {
      from,
      support: node('Max', [scale, this.#double(1)]),
      centres: node('Unsqueeze', [centres, this.writer.ints([1])]),
    };
  }

  /**
   * The triangle filter. Together the weights of each output are 1; beyond the axis they are 0.
   * @param places double [to or 1, places] of inputs
   * @returns double [to, places]
   */
  #weights(places: string, { from, support, centres }: Axis): string {
    const node = this.#node;
    const distance = node('Add', [node('Sub', [places, centres]), this.#double(0.5)]);
    const relative = node('Abs', [node('Mul', [distance, node('Div', [this.#double(1), support])])]);
    const nearness = node('Max', [node('Sub', [this.#double(1), relative]), this.#double(0)]);
    const inside = this.#cast(node('Less', [places, from]), TYPE.double);
    const weights = node('Mul', [nearness, inside]);
    return node('Div', [weights, node('ReduceSum', [weights, this.writer.ints([1])], { keepdims: 1 })]);
  }

  /** Weights double [to, places] in fixed point: uint8 [to, digits, places]. */
  #digitsOf(weights: string): string {
    const node = this.#node;
    const fixed = node('Add', [node('Mul', [weights, this.#double(2 ** FRACTION_BITS)]), this.#double(0.5)]);
    const whole = node('Unsqueeze', [this.#cast(fixed, TYPE.int64), this.writer.ints([1])]);
    const shifted = node('Div', [whole, this.#digitPlaces()]);
    return this.#cast(node('Mod', [shifted, this.writer.ints([256])]), TYPE.uint8);
  }

  /** int64 [digits, 1]. */
  #digitPlaces(): string {
    return this.#node('Unsqueeze', [this.writer.ints(DIGITS), this.writer.ints([1])]);
  }

  /** Values in the shape of x, whose first axis is now `to` long. */
  #likeButFirst(values: string, x: string, to: string): string {
    const ends = [1, Number.MAX_SAFE_INTEGER].map((end) => this.writer.ints([end]));
    const rest = this.#node('Slice', [this.#node('Shape', [x]), ...ends]);
    return this.#node('Reshape', [values, this.#node('Concat', [to, rest], { axis: 0 })]);
  }

  /** double [count]: 0, 1, .. */
  #upTo(count: string): string {
    const ends = [this.#double(0), count, this.#double(1)].map((value) => this.#node('Squeeze', [value]));
    return this.#node('Range', ends);
  }

  /** double [1]. */
  #double(value: number): string {
    return this.#cast(this.writer.floats([value]), TYPE.double);
  }

  /** int32 [1]. */
  #int(value: number): string {
    return this.#cast(this.writer.ints([value]), TYPE.int32);
  }

  #cast(value: string, to: number): string {
    return this.#node('Cast', [value], { to });
  }

  readonly #node: NodeWriter['node'] = (...given) => this.writer.node(...given);
}
