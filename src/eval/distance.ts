/**
 * The Euclidean distance of pixels to the nearest of other pixels, from centre to centre, exact: the distance transform of
 * Meijster, Roerdink and Hesselink (2000) where it is asked for. Of each row with `pixels` in it, the nearest site in each
 * column gives a parabola; the least of them all is the squared distance. The time is that of these rows times the columns
 * with sites; no map of the image's size is made.
 *
 * @param pixels positions y * width + x, ascending
 * @param sites positions in the same image, ascending, at least one
 * @returns a distance in pixels for each of `pixels`
 */
export function distancesToNearest(
  pixels: readonly number[],
  sites: readonly number[],
  width: number,
): Float64Array {
  const envelope = new LowerEnvelope(columnsOf(sites, width), width);
  const distances = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; ) {
    const rowStart = pixels[i] - (pixels[i] % width);
    envelope.build(rowStart / width);
    for (; i < pixels.length && pixels[i] < rowStart + width; i++) {
      distances[i] = Math.sqrt(envelope.at(pixels[i] - rowStart));
    }
  }
  return distances;
}

/** The columns of an image that have sites, from the left. */
interface Columns {
  readonly xs: Int32Array;
  /** The rows of their sites, from the top: of column k from `rows[first[k]]` to before `rows[first[k + 1]]`. */
  readonly rows: Int32Array;
  readonly first: Int32Array;
}

function columnsOf(sites: readonly number[], width: number): Columns {
  const counts = new Int32Array(width);
  for (const site of sites) counts[site % width]++;
  const xs = Int32Array.from(counts.keys()).filter((x) => counts[x] > 0);
  const first = new Int32Array(xs.length + 1);
  const next = new Int32Array(width);
  for (const [k, x] of xs.entries()) {
    next[x] = first[k];
    first[k + 1] = first[k] + counts[x];
  }
  const rows = new Int32Array(sites.length);
  for (const site of sites) {
    const x = site % width;
    rows[next[x]++] = (site - x) / width;
  }
  return { xs, rows, first };
}

/**
 * The least of the parabolas (x - i)^2 + g(i)^2 at each x of a row, where g(i) is the distance to the nearest site in column
 * i. Parabola k of the envelope is the least from x = `starts[k]` to before the next one.
 */
class LowerEnvelope {
  readonly #columns: Columns;
  readonly #width: number;
  /** Of each column its last site that is not below the row, or its first. */
  readonly #nearby: Int32Array;
  readonly #apexes: Int32Array;
  readonly #heights: Float64Array;
  readonly #starts: Int32Array;
  #last = -1;
  #current = 0;

  constructor(columns: Columns, width: number) {
    const count = columns.xs.length;
    this.#columns = columns;
    this.#width = width;
    this.#nearby = columns.first.slice(0, count);
    this.#apexes = new Int32Array(count);
    this.#heights = new Float64Array(count);
    this.#starts = new Int32Array(count);
  }

  /** @param y a row not above that of the last call */
  build(y: number): void {
    const { xs, rows, first } = this.#columns;
    const width = this.#width;
    const nearby = this.#nearby;
    const apexes = this.#apexes;
    const heights = this.#heights;
    const starts = this.#starts;
    let last = -1;
    for (let k = 0; k < xs.length; k++) {
      const end = first[k + 1];
      let i = nearby[k];
      while (i + 1 < end && rows[i + 1] <= y) i++;
      nearby[k] = i;
      let distance = Math.abs(y - rows[i]);
      if (i + 1 < end && rows[i + 1] - y < distance) distance = rows[i + 1] - y;

      const x = xs[k];
      const height = distance * distance;
      // Where the new one is below the last already at its start, the last is nowhere the least.
      while (
        last >= 0 &&
        squareOf(starts[last] - x) + height < squareOf(starts[last] - apexes[last]) + heights[last]
      ) {
        last--;
      }
      let start = 0;
      if (last >= 0) {
        const apex = apexes[last];
        // The first whole x at which the new one is below the last.
        start = 1 + Math.floor(((x - apex) * (x + apex) + height - heights[last]) / (2 * (x - apex)));
        if (start >= width) continue;
      }
      last++;
      apexes[last] = x;
      heights[last] = height;
      starts[last] = start;
    }
    this.#last = last;
    this.#current = 0;
  }

  /** @param x not less than in the last call since `build` */
  at(x: number): number {
    while (this.#current < this.#last && this.#starts[this.#current + 1] <= x) this.#current++;
    return squareOf(x - this.#apexes[this.#current]) + this.#heights[this.#current];
  }
}

const squareOf = (x: number): number => x * x;
