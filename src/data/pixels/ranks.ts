const HALVES = 2 ** 16;

/**
 * Where values lie among many, found exactly in two passes over them, in little memory: a selection by digits. The bits of
 * a float32 can be written so that they are ordered as the values are; the first pass counts their upper halves, the second
 * the lower halves of those that can be at a wanted place.
 */
export class Ranks {
  readonly #upper = new Float64Array(HALVES);
  count = 0;
  /** Of what was added; infinite before. */
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;

  /** The first pass. Infinite values, and those that are no numbers, count for nothing. */
  add(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
      this.#upper[orderedBits(bits[i]) >>> 16]++;
      this.count++;
    }
  }

  /**
   * For the second pass.
   *
   * @param shares of all values, 0 to 1: wanted is the smallest value that as many are not above
   */
  search(shares: readonly number[]): RankSearch {
    const places = shares.map((share) => {
      let left = Math.max(1, Math.ceil(share * this.count));
      let upper = 0;
      while (upper < HALVES - 1 && this.#upper[upper] < left) left -= this.#upper[upper++];
      return { upper, left };
    });
    return new RankSearch(places);
  }
}

/** The second pass over the values of `Ranks`. */
class RankSearch {
  readonly #places: readonly { readonly upper: number; readonly left: number }[];
  readonly #lower: ReadonlyMap<number, Float64Array>;

  constructor(places: readonly { readonly upper: number; readonly left: number }[]) {
    this.#places = places;
    this.#lower = new Map(places.map(({ upper }) => [upper, new Float64Array(HALVES)]));
  }

  add(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      const ordered = orderedBits(bits[i]);
      const counts = this.#lower.get(ordered >>> 16);
      if (counts) counts[ordered & (HALVES - 1)]++;
    }
  }

  /** The values at the wanted places. */
  found(): number[] {
    return this.#places.map(({ upper, left }) => {
      const counts = this.#lower.get(upper)!;
      let rest = left;
      let lower = 0;
      while (lower < HALVES - 1 && counts[lower] < rest) rest -= counts[lower++];
      return numberOf((upper * HALVES + lower) >>> 0);
    });
  }
}

const SIGN = 2 ** 31;

function orderedBits(bits: number): number {
  return (bits >= SIGN ? ~bits : bits | SIGN) >>> 0;
}

function numberOf(ordered: number): number {
  const bits = (ordered >= SIGN ? ordered ^ SIGN : ~ordered) >>> 0;
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
