import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { Task } from './task.ts';

/** What the network is asked for: the clean image, or what was added to it, divided by sigma. */
export const DENOISE_TARGETS = ['image', 'noise'] as const;

/** Noise of standard deviation `sigma` (in units of the image, which spans [-1, 1]). */
export interface DenoiseSettings {
  readonly sigma: number;
  /** In pixels, from 1, which is white noise and what is meant without it. */
  readonly correlation?: number;
  /** The image is what is meant without it. */
  readonly target?: (typeof DENOISE_TARGETS)[number];
}

/**
 * The input is x + sigma e for an image x and normal noise e; the target is x, or e, as in Brempong et al. 2022 ("Denoising
 * pretraining for semantic segmentation"). An output of zeros has a mean
 * squared error of 1 against e.
 */
export const denoise: Task<DenoiseSettings> = {
  random: true,
  noiseScale: ({ target, sigma }) => (target === 'noise' ? sigma : undefined),
  // Not clipped: at the ends of the range the noise would lose its zero mean.
  degrade: ({ input, target }, size, settings, stream) => {
    const { sigma, correlation = 1 } = settings;
    const noise =
      correlation === 1
        ? whiteNoise(target.length, stream)
        : coarseNoise(target.length, size, correlation, stream);
    // Loops, here and in the other tasks: `map` with a function takes five times as long, of a core that the step could use.
    for (let i = 0; i < target.length; i++) input[i] = target[i] + sigma * noise[i];
    if (settings.target === 'noise') target.set(noise);
  },
};

function whiteNoise(length: number, stream: RandomStream): Float64Array {
  const noise = new Float64Array(length);
  for (let i = 0; i < length; i++) noise[i] = stream.normal();
  return noise;
}

/**
 * Normal noise at the points of a grid, bilinear between them, as Kascenas et al. 2022 ("Denoising autoencoders for
 * unsupervised anomaly detection in brain MRI") degrade images of 128 pixels by 16 x 16 points. The grid is shifted at
 * random by less than a cell. The standard deviation over the pixels is 1.
 *
 * @param length of planes [C, H, W], each with noise of its own
 * @param cell between points, in pixels
 */
function coarseNoise(
  length: number,
  { height, width }: Size,
  cell: number,
  stream: RandomStream,
): Float64Array {
  const rows = gridOf(height, cell, stream.uniform());
  const columns = gridOf(width, cell, stream.uniform());
  const scale = 1 / Math.sqrt(rows.variance * columns.variance);
  const noise = new Float64Array(length);
  for (let i = 0; i < length; ) {
    const points = whiteNoise(rows.points * columns.points, stream);
    for (let y = 0; y < height; y++) {
      const down = rows.part[y];
      for (let x = 0; x < width; x++, i++) {
        const across = columns.part[x];
        const upper = rows.before[y] * columns.points + columns.before[x];
        const lower = upper + columns.points;
        noise[i] =
          scale *
          ((1 - down) * ((1 - across) * points[upper] + across * points[upper + 1]) +
            down * ((1 - across) * points[lower] + across * points[lower + 1]));
      }
    }
  }
  return noise;
}

/** Where pixels lie in a grid along one axis. */
interface Grid {
  /** As many as it takes to have one on either side of every pixel. */
  readonly points: number;
  /** The point before each pixel, and what part of the way to the next the pixel lies. */
  readonly before: Int32Array;
  readonly part: Float64Array;
  /** Mean over the pixels of the variance of what lies linearly between two independent points of variance 1. */
  readonly variance: number;
}

/** @param shift in cells */
function gridOf(pixels: number, cell: number, shift: number): Grid {
  const places = Float64Array.from({ length: pixels }, (_, i) => i / cell + shift);
  const before = Int32Array.from(places, Math.floor);
  const part = places.map((place, i) => place - before[i]);
  const variance = part.reduce((sum, t) => sum + (1 - t) ** 2 + t ** 2, 0) / pixels;
  return { points: before[pixels - 1] + 2, before, part, variance };
}
