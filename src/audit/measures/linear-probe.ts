import type { Size } from '../../core/size.ts';
import { RidgeRegression } from '../../stats/ridge.ts';

/**
 * A linear probe (Alain and Bengio 2016): how well a level's features tell the object from background, position by position.
 * Ridge regression of the labels on the features; its scores are judged by `areaUnderCurve` on other images.
 */
export class LinearProbe {
  readonly #regression: RidgeRegression;

  constructor(readonly channels: number) {
    this.#regression = new RidgeRegression(channels, 1);
  }

  /**
   * @param features [C, h, w] of an image
   * @param labels [h, w] of 0 and 1, as `labelsAt` makes them
   */
  add(features: Float32Array, labels: Float32Array): void {
    this.#regression.add(features, labels, labels.length);
  }

  /**
   * @param lambda penalty of the weights as a part of the features' mean variance
   * @returns what gives features [C, h, w] scores [h, w]: more is more likely the object
   */
  solve(lambda = 1e-2): (features: Float32Array) => Float32Array {
    const map = this.#regression.solve(lambda);
    return (features) => map(features, features.length / this.channels);
  }
}

/**
 * A mask at the resolution of a level.
 *
 * @param mask [H, W] of 0 and 1
 * @param stride of the level; divides height and width
 * @returns [H / stride, W / stride]: 1 where more than half of the pixels are of the object
 */
export function labelsAt(mask: ArrayLike<number>, { height, width }: Size, stride: number): Float32Array {
  const labels = new Float32Array((height / stride) * (width / stride));
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / stride) * (width / stride);
    for (let x = 0; x < width; x++) labels[row + Math.floor(x / stride)] += mask[y * width + x];
  }
  return labels.map((area) => (area > (stride * stride) / 2 ? 1 : 0));
}

/**
 * Area under the ROC curve: how often a 1 scores above a 0, ties counting half (Mann and Whitney 1947).
 *
 * @param labels of 0 and 1, as many as scores
 * @returns 0..1; NaN where all labels are equal
 */
export function areaUnderCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => scores[a] - scores[b]);
  let ones = 0;
  let ranks = 0;
  for (let first = 0; first < order.length; ) {
    let next = first;
    let tied = 0;
    for (; next < order.length && scores[order[next]] === scores[order[first]]; next++)
      tied += labels[order[next]];
    // Equal scores share the mean of their ranks, which count from 1.
    ranks += (tied * (first + 1 + next)) / 2;
    ones += tied;
    first = next;
  }
  return (ranks - (ones * (ones + 1)) / 2) / (ones * (scores.length - ones));
}
