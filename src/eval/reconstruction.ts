/**
 * Mean squared error of a reconstruction, on the scale of images in [0, 1], the output clipped to it.
 *
 * @param output image in [-1, 1], or beyond
 * @param target image in [-1, 1], as many values
 * @param weight how much each pixel counts, one number for all channels; they count alike without it
 */
export function clippedMse(
  output: ArrayLike<number>,
  target: ArrayLike<number>,
  weight?: ArrayLike<number>,
): number {
  const clipped = Float64Array.from(output, (value) => Math.min(1, Math.max(-1, value)));
  return meanSquaredError(clipped, target, weight) / 4;
}

/** Mean squared difference of as many values. @param weight as `clippedMse` has it */
export function meanSquaredError(
  output: ArrayLike<number>,
  target: ArrayLike<number>,
  weight?: ArrayLike<number>,
): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < target.length; i++) {
    const counts = weight ? weight[i % weight.length] : 1;
    sum += counts * (output[i] - target[i]) ** 2;
    total += counts;
  }
  return sum / total;
}

/** Peak signal-to-noise ratio in dB of a mean squared error on the scale of images in [0, 1]. */
export function psnr(mse: number): number {
  return -10 * Math.log10(mse);
}
