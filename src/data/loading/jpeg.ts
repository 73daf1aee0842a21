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

/** The orthonormal DCT of eight numbers, [frequency, place]. */
const DCT = Float64Array.from(
  { length: 64 },
  (_, i) => Math.sqrt(i < 8 ? 1 / 8 : 1 / 4) * Math.cos(((2 * (i & 7) + 1) * (i >> 3) * Math.PI) / 16),
);

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

/** RGB in [-1, 1] as JFIF's luma and chroma, each around 0 and 127.5 at most. */
function toLumaChroma(image: Float32Array, area: number): void {
  for (let i = 0; i < area; i++) {
    const r = 127.5 * image[i];
    const g = 127.5 * image[i + area];
    const b = 127.5 * image[i + 2 * area];
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
    image[i] = inRange(r / 127.5);
    image[i + area] = inRange((y - 0.299 * r - 0.114 * b) / 0.587 / 127.5);
    image[i + 2 * area] = inRange(b / 127.5);
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
  transformRows(block, between, 8, 1);
  transformRows(between, block, 8, 1);
  for (let i = 0; i < 64; i++) block[i] = table[i] * Math.round(block[i] / table[i]);
  transformRows(block, between, 1, 8);
  transformRows(between, block, 1, 8);
}

/**
 * The product of each row and the DCT, transposed: twice, it has transformed both sides.
 *
 * @param frequency and `place`: the strides of what is asked for and of what is summed over; exchanged, the inverse
 */
function transformRows(from: Float64Array, to: Float64Array, frequency: number, place: number): void {
  for (let row = 0; row < 8; row++) {
    for (let k = 0; k < 8; k++) {
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += from[8 * row + i] * DCT[k * frequency + i * place];
      to[8 * k + row] = sum;
    }
  }
}
