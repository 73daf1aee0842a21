import type { Tensor } from '../../core/tensor.ts';
import { RidgeRegression } from '../../stats/ridge.ts';

/**
 * @param tap [C, h, w]
 * @returns [3, h stride, w stride] in [-1, 1], or beyond
 */
export type Readout = (tap: Tensor) => Float32Array;

/**
 * How much of an image can be read off features directly, without a decoder: at each position the C features and a
 * constant predict the stride x stride x 3 pixel values there, by one linear map for all positions.
 */
export class LinearReadout {
  readonly #stride: number;
  readonly #regression: RidgeRegression;

  constructor({ channels, stride }: { readonly channels: number; readonly stride: number }) {
    this.#stride = stride;
    this.#regression = new RidgeRegression(channels, 3 * stride * stride);
  }

  /**
   * @param tap [C, h, w] of an image
   * @param image [3, h stride, w stride] in [-1, 1]
   */
  add(tap: Tensor, image: Float32Array): void {
    const [, height, width] = tap.shape;
    this.#regression.add(tap.data, toPatches(image, height, width, this.#stride), height * width);
  }

  /** @param lambda penalty of the weights as a part of the features' mean variance */
  solve(lambda = 1e-6): Readout {
    const map = this.#regression.solve(lambda);
    return ({ shape: [, height, width], data }) =>
      fromPatches(map(data, height * width), height, width, this.#stride);
  }
}

/** [3, h s, w s] -> [3 s s, h w]: the pixels of a patch become channels. */
function toPatches(image: Float32Array, height: number, width: number, stride: number): Float32Array {
  const patches = new Float32Array(image.length);
  forEachPixel(height, width, stride, (pixel, patch) => {
    patches[patch] = image[pixel];
  });
  return patches;
}

/** The reverse of `toPatches`. */
function fromPatches(patches: Float32Array, height: number, width: number, stride: number): Float32Array {
  const image = new Float32Array(patches.length);
  forEachPixel(height, width, stride, (pixel, patch) => {
    image[pixel] = patches[patch];
  });
  return image;
}

/** Calls back with where a value lies in the image and where in its patches. */
function forEachPixel(
  height: number,
  width: number,
  stride: number,
  body: (pixel: number, patch: number) => void,
): void {
  let patch = 0;
  for (let c = 0; c < 3; c++) {
    for (let dy = 0; dy < stride; dy++) {
      for (let dx = 0; dx < stride; dx++) {
        for (let y = 0; y < height; y++) {
          const row = ((c * height + y) * stride + dy) * width * stride + dx;
          for (let x = 0; x < width; x++) body(row + x * stride, patch++);
        }
      }
    }
  }
}
