import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { WarpLimits } from './augmentation.ts';
import type { Corner } from './crop.ts';
import type { Pixels } from './pixels.ts';
import type { Symmetry } from './symmetry.ts';

/** An affine and elastic change of an image, as it was drawn. */
export interface Warp {
  /** How many times as much of the image is seen. */
  readonly scale: number;
  /** By how much what is seen is wider and, inversely, less high. */
  readonly aspect: number;
  /** In degrees, about the centre. */
  readonly rotation: number;
  /** Shares of width and height. */
  readonly shift: readonly [x: number, y: number];
  /** Displacements of 4 x 4 nodes in rows, as shares of width, then of height; absent where there are none. */
  readonly elastic?: Float64Array;
}

/** Nodes of the elastic part on each side, the outermost on the outermost pixels. */
const NODES = 4;

/** One warp: scale, aspect, rotation and shifts uniform within their limits, nodes normal. A limit moves no other's draws. */
export function drawWarp(stream: RandomStream, limits: WarpLimits): Warp {
  const within = (limit: number) => limit * (2 * stream.uniform() - 1);
  const affine = {
    scale: Math.exp(within(limits.scale)),
    aspect: Math.exp(within(limits.aspect)),
    rotation: within(limits.rotation),
    shift: [within(limits.shift), within(limits.shift)] as const,
  };
  if (limits.elastic === 0) return affine;
  const nodes = Float64Array.from({ length: 2 * NODES * NODES }, () => limits.elastic * stream.normal());
  return { ...affine, elastic: nodes };
}

/**
 * Warps an image and its mask by the same coordinates. A pixel of the result, as an offset from the centre, is stretched by
 * scale and aspect, rotated, flipped or turned by the symmetry, shifted and displaced; there the sample is read: its
 * image by bilinear interpolation, its mask by the class whose pixels have the largest part in that interpolation, of
 * equal ones the larger. Beyond its border a sample is reflected without repeating the edge (NumPy's `reflect`).
 *
 * @param size of the result; square if the symmetry transposes. Of the sample, too, if that has no size of its own: then a piece of it
 *   is taken, which begins at `corner`
 * @param view where image [3, H, W] in [-1, 1] and mask [planes, H, W] are written
 */
export function warpPixels(
  { image, mask, own: given }: Pixels,
  size: Size,
  geometry: PlacesOf,
  view: { readonly image: Float32Array; readonly mask?: Float32Array },
): void {
  const own = given ?? size;
  const { width, height } = size;
  const area = width * height;
  const ownArea = own.width * own.height;
  const places = new Places(size, own, geometry);
  for (let y = 0; y < height; y++) {
    places.find(y);
    imageRow(image, places, y * width, view.image);
    for (let plane = 0; view.mask && plane * area < view.mask.length; plane++) {
      maskRow(mask!.subarray(plane * ownArea), places, plane * area + y * width, view.mask);
    }
  }
}

/** What decides where pixels come from. */
interface PlacesOf {
  readonly symmetry: Symmetry;
  readonly warp: Warp;
  readonly corner?: Corner;
}

/** What is seen where nothing is warped. */
export const NO_WARP: Warp = { scale: 1, aspect: 1, rotation: 0, shift: [0, 0] };

/** Where the pixels of a row of the result lie in the sample. */
class Places {
  readonly width: number;
  /** How far to the pixel below, 0 in the last row. */
  readonly below: Int32Array;
  /** How far to the pixel on the right, 0 in the last column. */
  readonly right: Int32Array;
  /** Pixel above and left of the place. */
  readonly first: Int32Array;
  /** How far the place is from that pixel, in [0, 1). */
  readonly alongX: Float64Array;
  readonly alongY: Float64Array;
  readonly #height: number;
  readonly #own: Size;
  readonly #matrix: readonly [xx: number, xy: number, yx: number, yy: number];
  readonly #centre: readonly [x: number, y: number];
  /** Displacements of the nodes, in pixels. */
  readonly #elastic?: Float64Array;
  /** Parts of the nodes in a displacement, four a column, and four a row. */
  readonly #columns: Float64Array;
  readonly #rows: Float64Array;

  constructor(
    { width, height }: Size,
    own: Size,
    { symmetry, warp, corner = { top: 0, left: 0 } }: PlacesOf,
  ) {
    this.width = width;
    this.#height = height;
    this.#own = own;
    this.below = new Int32Array(width);
    this.right = new Int32Array(width);
    this.first = new Int32Array(width);
    this.alongX = new Float64Array(width);
    this.alongY = new Float64Array(width);
    this.#matrix = matrixOf(symmetry, warp);
    const [shiftX, shiftY] = warp.shift;
    this.#centre = [
      corner.left + (width - 1) / 2 + shiftX * width,
      corner.top + (height - 1) / 2 + shiftY * height,
    ];
    this.#elastic = warp.elastic?.map((share, i) => share * (i < NODES * NODES ? width : height));
    this.#columns = nodeWeights(warp.elastic ? width : 0);
    this.#rows = nodeWeights(warp.elastic ? height : 0);
  }

  /** Finds the places of a row. */
  find(y: number): void {
    const { width, below, right, first, alongX, alongY } = this;
    const [xx, xy, yx, yy] = this.#matrix;
    const [centreX, centreY] = this.#centre;
    const own = this.#own;
    const [lastX, lastY] = [own.width - 1, own.height - 1];
    const [middleX, middleY] = [(width - 1) / 2, (this.#height - 1) / 2];
    const v = y - middleY;
    const [startX, startY] = [xy * v, yy * v];
    const columns = this.#columns;
    const elastic = this.#elastic !== undefined;
    const [xs, ys] = [this.#nodesOf(y, 0), this.#nodesOf(y, 1)];
    for (let x = 0; x < width; x++) {
      const u = x - middleX;
      let sourceX = xx * u + startX + centreX;
      let sourceY = yx * u + startY + centreY;
      if (elastic) {
        for (let n = 0; n < NODES; n++) {
          sourceX += columns[NODES * x + n] * xs[n];
          sourceY += columns[NODES * x + n] * ys[n];
        }
      }
      if (!(sourceX >= 0 && sourceX <= lastX)) sourceX = reflected(sourceX, lastX);
      if (!(sourceY >= 0 && sourceY <= lastY)) sourceY = reflected(sourceY, lastY);
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      first[x] = top * own.width + left;
      right[x] = left < lastX ? 1 : 0;
      below[x] = top < lastY ? own.width : 0;
      alongX[x] = sourceX - left;
      alongY[x] = sourceY - top;
    }
  }

  /** The displacements in a row of the image at the four columns of nodes. */
  #nodesOf(y: number, axis: 0 | 1): Float64Array {
    const nodes = new Float64Array(NODES);
    if (!this.#elastic) return nodes;
    for (let row = 0; row < NODES; row++) {
      const start = (axis * NODES + row) * NODES;
      for (let n = 0; n < NODES; n++) nodes[n] += this.#rows[NODES * y + row] * this.#elastic[start + n];
    }
    return nodes;
  }
}

/** What maps offsets from the centre of the result to those in the sample. */
function matrixOf(
  { transpose, mirrorX, mirrorY }: Symmetry,
  { scale, aspect, rotation }: Warp,
): readonly [xx: number, xy: number, yx: number, yy: number] {
  const radians = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [alongX, alongY] = [scale * aspect, scale / aspect];
  const [signX, signY] = [mirrorX ? -1 : 1, mirrorY ? -1 : 1];
  const toX = [signX * cos * alongX, -signX * sin * alongY] as const;
  const toY = [signY * sin * alongX, signY * cos * alongY] as const;
  return transpose ? [...toY, ...toX] : [...toX, ...toY];
}

/** A place beyond the first or last pixel, reflected at their centres as often as needed. */
function reflected(place: number, last: number): number {
  if (last === 0) return 0;
  const within = Math.abs(place) % (2 * last);
  return within > last ? 2 * last - within : within;
}

/**
 * Parts of the four nodes at each pixel of a side, [length, 4]: cubic convolution (Keys 1981, a = -1/2), the outermost nodes
 * repeated.
 */
function nodeWeights(length: number): Float64Array {
  const weights = new Float64Array(NODES * length);
  for (let i = 0; i < length; i++) {
    const place = length > 1 ? ((NODES - 1) * i) / (length - 1) : 0;
    const before = Math.min(NODES - 2, Math.floor(place));
    for (let node = before - 1; node <= before + 2; node++) {
      const nearest = Math.min(NODES - 1, Math.max(0, node));
      weights[NODES * i + nearest] += cubic(Math.abs(place - node));
    }
  }
  return weights;
}

function cubic(x: number): number {
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** @param start the first pixel of the row in the result's planes */
function imageRow(image: Uint8Array, places: Places, start: number, target: Float32Array): void {
  const { width, first, right, below, alongX, alongY } = places;
  const area = target.length / 3;
  for (let x = 0; x < width; x++) {
    const a = alongX[x];
    const b = alongY[x];
    const topLeft = (1 - b) * (1 - a);
    const topRight = (1 - b) * a;
    const bottomLeft = b * (1 - a);
    const bottomRight = b * a;
    let i = 3 * first[x];
    let o = start + x;
    const across = 3 * right[x];
    const down = 3 * below[x];
    for (let c = 0; c < 3; c++, i++, o += area) {
      const value =
        topLeft * image[i] +
        topRight * image[i + across] +
        bottomLeft * image[i + down] +
        bottomRight * image[i + down + across];
      target[o] = value / 127.5 - 1;
    }
  }
}

function maskRow(mask: Uint8Array, places: Places, start: number, target: Float32Array): void {
  const { width, first, right, below, alongX, alongY } = places;
  for (let x = 0; x < width; x++) {
    const i = first[x];
    const j = i + right[x];
    const p = mask[i];
    const q = mask[j];
    const r = mask[i + below[x]];
    const s = mask[j + below[x]];
    target[start + x] = p === q && p === r && p === s ? p : largestPart(p, q, r, s, alongX[x], alongY[x]);
  }
}

/** The class with the largest part of the four pixels around a place. */
function largestPart(p: number, q: number, r: number, s: number, a: number, b: number): number {
  const [wp, wq, wr, ws] = [(1 - b) * (1 - a), (1 - b) * a, b * (1 - a), b * a];
  const ofP = wp + (q === p ? wq : 0) + (r === p ? wr : 0) + (s === p ? ws : 0);
  const ofQ = wq + (p === q ? wp : 0) + (r === q ? wr : 0) + (s === q ? ws : 0);
  const ofR = wr + (p === r ? wp : 0) + (q === r ? wq : 0) + (s === r ? ws : 0);
  const ofS = ws + (p === s ? wp : 0) + (q === s ? wq : 0) + (r === s ? wr : 0);
  const most = Math.max(ofP, ofQ, ofR, ofS);
  return Math.max(ofP === most ? p : -1, ofQ === most ? q : -1, ofR === most ? r : -1, ofS === most ? s : -1);
}
