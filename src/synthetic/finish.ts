import { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import type { Optics } from './scene.ts';

/**
 * Light to a picture: exposure, saturation, gamma, blur, noise and the black around the frame.
 * @param light [H, W, 3], linear
 * @param coverage [H, W], how much of each pixel the frame shows
 * @returns [H, W, 3] in 0..255
 */
export function develop(
  light: Float32Array,
  coverage: Float32Array,
  size: Size,
  { exposure, balance, blur, grain, grainSeed }: Optics,
): Uint8Array {
  const image = new Float32Array(light.length);
  const gains = balance.map((gain) => -1.6 * exposure * gain);
  for (let i = 0; i < light.length; i += 3) {
    for (let c = 0; c < 3; c++) {
      // Bright channels saturate softly, red first: overlit mucosa turns pale.
      const value = 1 - Math.exp(gains[c] * light[i + c]);
      // Gamma 2, with a toe that deepens shadows.
      image[i + c] = (255 * Math.sqrt(value) * (value + 0.01)) / (value + 0.03);
    }
  }
  blurRows(image, size, blur * Math.max(size.height, size.width));
  const stream = new RandomStream(grainSeed, 'grain');
  const result = new Uint8Array(light.length);
  for (let i = 0, o = 0; i < coverage.length; i++) {
    // The sum of two uniform numbers has the variance 1/6.
    const noise = Math.sqrt(6) * grain * (stream.uniform() + stream.uniform() - 1);
    for (let c = 0; c < 3; c++, o++) {
      result[o] = Math.max(0, Math.min(255, Math.round(coverage[i] * (image[o] + noise))));
    }
  }
  return result;
}

/** Gaussian blur of [H, W, 3] in place; pixels beyond the border are as those on it. */
function blurRows(image: Float32Array, { height, width }: Size, sigma: number): void {
  const radius = Math.round(2.5 * sigma);
  if (radius === 0) return;
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const sum = weights.reduce((a, b) => a + b);
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
  const line = new Float32Array(3 * (Math.max(height, width) + 2 * radius));
  const pass = (count: number, length: number, start: number, stride: number) => {
    for (let l = 0; l < count; l++) {
      const first = l * start;
      for (let i = -radius; i < length + radius; i++) {
        const at = first + stride * Math.max(0, Math.min(length - 1, i));
        const to = 3 * (i + radius);
        line[to] = image[at];
        line[to + 1] = image[at + 1];
        line[to + 2] = image[at + 2];
      }
      for (let i = 0; i < length; i++) {
        let [r, g, b] = [0, 0, 0];
        for (let k = 0, j = 3 * i; k < weights.length; k++, j += 3) {
          const weight = weights[k];
          r += weight * line[j];
          g += weight * line[j + 1];
          b += weight * line[j + 2];
        }
        const at = first + i * stride;
        image[at] = r;
        image[at + 1] = g;
        image[at + 2] = b;
      }
    }
  };
  pass(height, width, 3 * width, 3);
  pass(width, height, 3, 3 * width);
}
