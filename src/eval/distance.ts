/** A part of an image, in pixels. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The Euclidean distance of pixels to the nearest of other pixels, from centre to centre, exact: a distance transform of
 * the box around both (Meijster, Roerdink and Hesselink 2000), whose second pass goes through the rows that are asked for.
 * The time is linear in the area of the box.
 *
 * @param pixels positions y * width + x, ascending
 * @param sites positions in the same image, at least one, in any order
 * @returns a distance in pixels for each of `pixels`
 */
export function distancesToNearest(
  pixels: readonly number[],
  sites: readonly number[],
  width: number,
): Float64Array {
  const box = boxAround([pixels, sites], width);
  const inColumns = distancesInColumns(sites, width, box);
  const envelope = new LowerEnvelope(box.width);
  const distances = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; ) {
    const rowStart = pixels[i] - (pixels[i] % width);
    const row = rowStart / width - box.top;
    envelope.build(inColumns.subarray(row * box.width, (row + 1) * box.width), box.height);
    for (; i < pixels.length && pixels[i] < rowStart + width; i++) {
      distances[i] = Math.sqrt(envelope.at(pixels[i] - rowStart - box.left));
    }
  }
  return distances;
}

function boxAround(lists: readonly (readonly number[])[], width: number): Box {
  let [left, right, top, bottom] = [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, 0];
  for (const list of lists) {
    for (const position of list) {
      const x = position % width;
      const y = (position - x) / width;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** How far each pixel of the box is from the nearest site of its column; `box.height`, which is too far, if it has none. */
function distancesInColumns(sites: readonly number[], width: number, box: Box): Int32Array {
  const distances = new Int32Array(box.height * box.width).fill(box.height);
  for (const site of sites) {
    const x = site % width;
    distances[((site - x) / width - box.top) * box.width + x - box.left] = 0;
  }
  for (let i = box.width; i < distances.length; i++) {
    const above = distances[i - box.width] + 1;
    if (above < distances[i]) distances[i] = above;
  }
  for (let i = distances.length - box.width - 1; i >= 0; i--) {
    const below = distances[i + box.width] + 1;
    if (below < distances[i]) distances[i] = below;
  }
  return distances;
}

/**
 * The least of the parabolas (x - i)^2 + g(i)^2 at each x of a row, where g(i) is the distance in column i: the squared
 * distance to the nearest site of all. Parabola k of the envelope is the least from x = `starts[k]` to before the next one.
 */
class LowerEnvelope {
  readonly #apexes: Int32Array;
  readonly #heights: Float64Array;
  readonly #starts: Int32Array;
  #last = -1;
  #current = 0;

  constructor(width: number) {
    this.#apexes = new Int32Array(width);
    this.#heights = new Float64Array(width);
    this.#starts = new Int32Array(width);
  }

  /** @param far distance which says that a column has no site */
  build(distances: Int32Array, far: number): void {
    const apexes = this.#apexes;
    const heights = this.#heights;
    const starts = this.#starts;
    let last = -1;
    for (let i = 0; i < distances.length; i++) {
      if (distances[i] === far) continue;
      const height = distances[i] * distances[i];
      // Where the new one is below the last already at its start, the last is nowhere the least.
      while (
        last >= 0 &&
        squareOf(starts[last] - i) + height < squareOf(starts[last] - apexes[last]) + heights[last]
      ) {
        last--;
      }
      let start = 0;
      if (last >= 0) {
        const apex = apexes[last];
        // The first whole x at which the new one is below the last.
        start = 1 + Math.floor(((i - apex) * (i + apex) + height - heights[last]) / (2 * (i - apex)));
        if (start >= distances.length) continue;
      }
      last++;
      apexes[last] = i;
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
