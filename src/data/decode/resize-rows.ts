import type { Size } from '../../core/size.ts';
import { fixedPoint, fractionBits, type Image, resizeBilinear, resizePlane, tapsOf } from './resize.ts';

type Rows = Uint8Array | Float32Array;

/** Makes rows of one kind: room for them, and the y-th one of `count` rows that begin at a place. */
interface RowMaker<Kind extends Rows> {
  room(values: number): Kind;
  sum(rows: Kind, start: number, place: { readonly y: number; readonly count: number }, target: Kind): void;
}

/** Rows that come from the top, at another height: it holds those that are still needed. */
class RowResizer<Kind extends Rows> {
  readonly #taps: ReturnType<typeof tapsOf>;
  readonly #maker: RowMaker<Kind>;
  readonly #to: number;
  readonly #length: number;
  #kept: Kind;
  /** Numbers of the first row that is kept, and of the next one to make. */
  #base = 0;
  #next = 0;

  /** @param length values in a row */
  constructor(from: number, to: number, length: number, maker: RowMaker<Kind>) {
    this.#taps = tapsOf(from, to);
    [this.#to, this.#length, this.#maker] = [to, length, maker];
    this.#kept = maker.room(0);
  }

  /** @param rows those that follow @returns those that can be made now */
  push(rows: Kind): Kind {
    const { first, count } = this.#taps;
    const [to, length, maker] = [this.#to, this.#length, this.#maker];
    const kept = maker.room(this.#kept.length + rows.length);
    kept.set(this.#kept);
    kept.set(rows, this.#kept.length);
    const known = this.#base + kept.length / length;
    const start = this.#next;
    while (this.#next < to && first[this.#next] + count[this.#next] <= known) this.#next++;
    const made = maker.room((this.#next - start) * length);
    for (let y = start; y < this.#next; y++) {
      const target = made.subarray((y - start) * length, (y - start + 1) * length) as Kind;
      maker.sum(kept, (first[y] - this.#base) * length, { y, count: count[y] }, target);
    }
    const needed = this.#next < to ? Math.min(first[this.#next], known) : known;
    this.#kept = kept.slice((needed - this.#base) * length) as Kind;
    this.#base = needed;
    return made;
  }
}

/** As `resizeBilinear` makes columns. */
function byteRows(from: number, to: number, length: number): RowMaker<Uint8Array> {
  const { weights, stride } = fixedPoint(tapsOf(from, to));
  const sums = new Int32Array(length);
  return {
    room: (values) => new Uint8Array(values),
    sum: (rows, start, { y, count }, target) => {
      sums.fill(1 << (fractionBits - 1));
      for (let k = 0, i = start; k < count; k++) {
        const weight = weights[y * stride + k];
        for (let x = 0; x < length; x++, i++) sums[x] += rows[i] * weight;
      }
      for (let x = 0; x < length; x++) target[x] = sums[x] >> fractionBits;
    },
  };
}

/** As `resizePlane` makes rows. */
function floatRows(from: number, to: number, length: number): RowMaker<Float32Array> {
  const { weights, stride } = tapsOf(from, to);
  const sums = new Float64Array(length);
  return {
    room: (values) => new Float32Array(values),
    sum: (rows, start, { y, count }, target) => {
      sums.fill(0);
      for (let k = 0, i = start; k < count; k++) {
        const weight = weights[y * stride + k];
        for (let x = 0; x < length; x++, i++) sums[x] += rows[i] * weight;
      }
      target.set(sums);
    },
  };
}

/** `resizeBilinear` of an image in stripes from the top, in stripes from the top: bit by bit the same. */
export async function* resizedStripes(
  stripes: AsyncIterable<Image>,
  from: Size,
  to: Size,
): AsyncGenerator<Image> {
  if (from.height === to.height && from.width === to.width) {
    yield* stripes;
    return;
  }
  let rows: RowResizer<Uint8Array> | undefined;
  for await (const stripe of stripes) {
    const { channels } = stripe;
    const { data } = resizeBilinear(stripe, { height: stripe.height, width: to.width });
    const length = to.width * channels;
    rows ??= new RowResizer(from.height, to.height, length, byteRows(from.height, to.height, length));
    const made = from.height === to.height ? data : rows.push(data);
    const height = made.length / length;
    if (height > 0) yield { height, width: to.width, channels, data: made };
  }
}

/** `resizePlane` of outputs in bands [height, channels, width] from the top, in bands from the top. */
export async function* resizedBands<Band extends { readonly height: number; readonly data: Float32Array }>(
  bands: AsyncIterable<Band>,
  { from, to, channels }: { readonly from: Size; readonly to: Size; readonly channels: number },
): AsyncGenerator<{ readonly height: number; readonly data: Float32Array }> {
  if (from.height === to.height && from.width === to.width) {
    yield* bands;
    return;
  }
  const length = to.width * channels;
  const rows = new RowResizer(from.height, to.height, length, floatRows(from.height, to.height, length));
  for await (const { height, data } of bands) {
    const lines = { height: height * channels, width: from.width };
    const wide = from.width === to.width ? data : resizePlane(data, lines, { ...lines, width: to.width });
    const made = rows.push(wide);
    const count = made.length / length;
    if (count > 0) yield { height: count, data: made };
  }
}
