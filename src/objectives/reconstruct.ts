import type { Size } from '../core/size.ts';
import { resizeByRows } from '../data/decode/resize.ts';
import { asksForNoise, type Pretext, weighsPixels } from '../data/pretexts/index.ts';
import { clippedMse, meanSquaredError, psnr } from '../eval/reconstruction.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Summary, summarise } from '../eval/summary.ts';
import { IMAGE_HEAD } from '../nn/head.ts';
import type { Loss } from '../nn/losses.ts';
import type { Objective, Scores } from './objective.ts';

/** How well one image is painted, images in [0, 1]; PSNR in dB. */
export interface ReconstructionScores {
  readonly mse: number;
  readonly psnr: number;
}

export interface ReconstructionSummary {
  readonly images: number;
  readonly mse: Summary;
  readonly psnr: Summary;
}

/** On clean input. */
const reconstructionScoring: Scoring<ReconstructionScores, ReconstructionSummary> = {
  needsMasks: false,
  score: ({ output, input }) => {
    const mse = clippedMse(output, input);
    return { mse, psnr: psnr(mse) };
  },
  row: (scores) => ({ ...scores }),
  summarise: (scores) => ({
    images: scores.length,
    mse: summarise(scores.map(({ mse }) => mse)),
    psnr: summarise(scores.map(({ psnr }) => psnr)),
  }),
};

/**
 * Paints an image from a degraded one, or the noise that was added: what a pretext task asks for.
 *
 * @param options.borders whether images may have one, which does not count
 */
export function reconstruct(
  loss: Loss,
  pretext: Pretext = { kind: 'identity' },
  { borders = false }: { readonly borders?: boolean } = {},
): Objective<ReconstructionScores, ReconstructionSummary> {
  const noise = asksForNoise(pretext);
  return {
    name: 'reconstruction',
    paints: !noise,
    head: IMAGE_HEAD,
    pretext,
    weighted: borders || weighsPixels(pretext),
    loss,
    target: ({ target }) => target!,
    weight: ({ weight }) => weight!,
    scores: (output, target, weight): Scores => {
      // In units of the noise: an output of zeros scores 1.
      if (noise) return { mse: meanSquaredError(output, target, weight) };
      const mse = clippedMse(output, target, weight);
      return { mse, psnr: psnr(mse) };
    },
    better: { score: 'mse', sign: -1 },
    scoring: reconstructionScoring,
    output: {
      name: 'reconstruction',
      facts: { output_range: '[-1, 1], not clipped' },
      pictures: (output, size, native) => [{ data: paintedAt(output, size, native), channels: 3 }],
      measures: () => ({}),
    },
  };
}

/** An image [3, H, W] in [-1, 1] as RGB of another size, channels innermost. */
function paintedAt(output: Float32Array, size: Size, native: Size): Uint8Array {
  const area = size.height * size.width;
  const bytes = new Uint8Array(native.height * native.width * 3);
  for (let c = 0; c < 3; c++) {
    resizeByRows(output.subarray(c * area, (c + 1) * area), size, native, (row, y) => {
      for (let x = 0, o = y * row.length * 3 + c; x < row.length; x++, o += 3) {
        bytes[o] = Math.round(Math.min(1, Math.max(0, (row[x] + 1) / 2)) * 255);
      }
    });
  }
  return bytes;
}
