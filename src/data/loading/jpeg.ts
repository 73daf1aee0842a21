import type { Size } from '../../core/size.ts';

/** ITU-T T.81, Annex K: the quantisation of luma and of chroma at quality 50, in rows. */
const LUMA = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();
const CHROMA = [
  [17, 18, 24, 47],
  [18, 21, 26, 66],
  [24, 26, 56, 99],
  [47, 66, 99, 99],
];

/** A quantisation table for a quality of 1 to 100, scaled as the Independent JPEG Group's library does. */
export function quantisation(quality: number, chroma: boolean): Float64Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float64Array.from({ length: 64 }, (_, i) => {
    const base = chroma ? (CHROMA[i >> 3]?.[i & 7] ?? 99) : LUMA[i];
    return Math.min(255, Math.max(1, Math.floor((base * scale + 50) / 100)));
  });
}

/**
 * Gives an image in place what JPEG would do to it: luma and chroma are quantised in blocks of 8 x 8. Chroma has all its
 * pixels, and no value is rounded to a byte; grey stays grey.
 *
 * @param image [3, H, W], RGB in [-1, 1]
 * @param quality 1 to 100
 */
export function compress(image: Float32Array, size: Size, quality: number): void {
  const area = size.height * size.width;
  const [luma, chroma] = [quantisation(quality, false), quantisation(quality, true)];
  toLumaChroma(image, area);
  for (let c = 0; c < 3; c++)
    quantisePlane(image.subarray(c * area, (c + 1) * area), size, c ? chroma : luma);
  toColours(image, area);
}

/** RGB in [-1, 1] as JFIF's luma and chroma, less the 128 that JPEG takes from both. */
function toLumaChroma(image: Float32Array, area: number): void {
  for (let i = 0; i < area; i++) {
    const r = 127.5 * image[i] - 0.5;
    const g = 127.5 * image[i + area] - 0.5;
    const b = 127.5 * image[i + 2 * area] - 0.5;
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    image[i] = y;
    image[i + area] = (b - y) / 1.772;
    image[i + 2 * area] = (r - y) / 1.402;
  }
}

function toColours(image: Float32Array, area: number): void {
  for (let i = 0; i < area; i++) {
    const y = image[i];
    const blue = image[i + area];
    const red = image[i + 2 * area];
    const r = y + 1.402 * red;
    const b = y + 1.772 * blue;
    const g = (y - 0.299 * r - 0.114 * b) / 0.587;
    image[i] = inRange((r + 0.5) / 127.5);
    image[i + area] = inRange((g + 0.5) / 127.5);
    image[i + 2 * area] = inRange((b + 0.5) / 127.5);
  }
}

const inRange = (value: number) => Math.min(1, Math.max(-1, value));

/** Blocks that reach over the border have its pixels there, repeated. */
function quantisePlane(plane: Float32Array, { height, width }: Size, table: Float64Array): void {
  const block = new Float64Array(64);
  const between = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let y = 0; y < 8; y++) {
        const row = Math.min(top + y, height - 1) * width;
        for (let x = 0; x < 8; x++) block[8 * y + x] = plane[row + Math.min(left + x, width - 1)];
      }
      quantiseBlock(block, between, table);
      const [rows, columns] = [Math.min(8, height - top), Math.min(8, width - left)];
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++) plane[(top + y) * width + left + x] = block[8 * y + x];
    }
  }
}

function quantiseBlock(block: Float64Array, between: Float64Array, table: Float64Array): void {
  transformRows(block, between);
  transformRows(between, block);
  for (let i = 0; i < 64; i++) block[i] = table[i] * Math.round(block[i] / table[i]);
  transformBack(block, between);
  transformBack(between, block);
}

/** Half the cosine of so many sixteenths of half a turn: C4 is also the factor of the mean. */
const [C1, C2, C3, C4, C5, C6, C7] = [1, 2, 3, 4, 5, 6, 7].map((k) => Math.cos((k * Math.PI) / 16) / 2);

/** The orthonormal DCT of each row of a block, transposed: twice, it has transformed both sides. */
function transformRows(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    const i = 8 * row;
    const s0 = from[i] + from[i + 7];
    const s1 = from[i + 1] + from[i + 6];
    const s2 = from[i + 2] + from[i + 5];
    const s3 = from[i + 3] + from[i + 4];
    const d0 = from[i] - from[i + 7];
    const d1 = from[i + 1] - from[i + 6];
    const d2 = from[i + 2] - from[i + 5];
    const d3 = from[i + 3] - from[i + 4];
    to[row] = C4 * (s0 + s1 + s2 + s3);
    to[row + 8] = C1 * d0 + C3 * d1 + C5 * d2 + C7 * d3;
    to[row + 16] = C2 * (s0 - s3) + C6 * (s1 - s2);
    to[row + 24] = C3 * d0 - C7 * d1 - C1 * d2 - C5 * d3;
    to[row + 32] = C4 * (s0 - s1 - s2 + s3);
    to[row + 40] = C5 * d0 - C1 * d1 + C7 * d2 + C3 * d3;
    to[row + 48] = C6 * (s0 - s3) - C2 * (s1 - s2);
    to[row + 56] = C7 * d0 - C5 * d1 + C3 * d2 - C1 * d3;
  }
}

/** Its inverse, each row transposed. */
function transformBack(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    const i = 8 * row;
    const even = C4 * (from[i] + from[i + 4]);
    const odd = C4 * (from[i] - from[i + 4]);
    const e0 = C2 * from[i + 2] + C6 * from[i + 6];
    const e1 = C6 * from[i + 2] - C2 * from[i + 6];
    const o0 = C1 * from[i + 1] + C3 * from[i + 3] + C5 * from[i + 5] + C7 * from[i + 7];
    const o1 = C3 * from[i + 1] - C7 * from[i + 3] - C1 * from[i + 5] - C5 * from[i + 7];
    const o2 = C5 * from[i + 1] - C1 * from[i + 3] + C7 * from[i + 5] + C3 * from[i + 7];
    const o3 = C7 * from[i + 1] - C5 * from[i + 3] + C3 * from[i + 5] - C1 * from[i + 7];
    to[row] = even + e0 + o0;
    to[row + 8] = odd + e1 + o1;
    to[row + 16] = odd - e1 + o2;
    to[row + 24] = even - e0 + o3;
    to[row + 32] = even - e0 - o3;
    to[row + 40] = odd - e1 - o2;
    to[row + 48] = odd + e1 - o1;
    to[row + 56] = even + e0 - o0;
  }
}
