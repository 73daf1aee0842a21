import type { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { between, happens } from './chance.ts';

/** The part of the picture that the endoscope shows: a rectangle with cut or round corners, less an inset. */
export interface Frame {
  /** Half its extents, in halves of the picture's. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  /** How much of each corner is missing, in the same unit; and the exponent of its outline: 1 cuts, 2 rounds. */
  readonly corner: number;
  readonly roundness: number;
  /** Width and height of a black inset in the lower left corner, in parts of the picture; 0 if there is none. */
  readonly inset: readonly [number, number];
}

export function drawFrame(stream: RandomStream): Frame {
  const round = happens(stream, 0.3);
  return {
    halfWidth: between(stream, 0.97, 1.05),
    halfHeight: between(stream, 0.97, 1.05),
    corner: round ? between(stream, 0.35, 0.9) : between(stream, 0.4, 0.62),
    roundness: round ? 2 : between(stream, 1, 1.15),
    inset: happens(stream, 0.35) ? [between(stream, 0.28, 0.36), between(stream, 0.28, 0.36)] : [0, 0],
  };
}

/** How much of each pixel is inside the frame, [H, W] in 0..1. */
export function frameCoverage(frame: Frame, { height, width }: Size): Float32Array {
  const { halfWidth, halfHeight, corner, roundness, inset } = frame;
  const coverage = new Float32Array(height * width);
  const soft = 1.5 / Math.min(height, width);
  for (let y = 0, o = 0; y < height; y++) {
    const v = Math.abs((2 * y + 1) / height - 1);
    for (let x = 0; x < width; x++, o++) {
      if ((x + 0.5) / width < inset[0] && (y + 0.5) / height > 1 - inset[1]) continue;
      const u = Math.abs((2 * x + 1) / width - 1);
      // Distances into the corner's square, over its side.
      const cu = Math.max(0, (u - halfWidth + corner) / corner);
      const cv = Math.max(0, (v - halfHeight + corner) / corner);
      const out = (cu && cv ? (cu ** roundness + cv ** roundness) ** (1 / roundness) : cu + cv) - 1;
      coverage[o] = Math.max(0, Math.min(1, 0.5 - (out * corner) / soft));
    }
  }
  return coverage;
}
