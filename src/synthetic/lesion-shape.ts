import type { GradientNoise } from './noise.ts';
import { dot, type Vector } from './vector.ts';

/** An ellipsoid: `axes` are its half axes, at right angles to each other. */
export interface Blob {
  readonly centre: Vector;
  readonly axes: readonly [Vector, Vector, Vector];
}

/** The form of a lesion: blobs that run into each other and into the wall. */
export interface LesionShape {
  readonly blobs: readonly Blob[];
  /** A ball that encloses the blobs. */
  readonly centre: Vector;
  readonly radius: number;
  /** Over which distance blobs run into each other, and the lesion into the wall. */
  readonly joint: number;
  readonly skirt: number;
  /** How deep its lumps are, and how many there are to a length of 1. */
  readonly lumpDepth: number;
  readonly lumpDensity: number;
}

/** A distance that no surface has. */
export const NOWHERE = 1e3;

/** From how far away its form is asked for, by light that it keeps away from the wall. */
const SURROUNDINGS = 0.25;

/** Numbers of a blob: its centre, and three rows that map it to the unit ball. */
const BLOB = 12;

/** The distance to a lesion. */
export class LesionDistance {
  readonly skirt: number;
  readonly #shape: LesionShape;
  readonly #blobs: Float64Array;
  readonly #centre: Float64Array;
  readonly #reach: number;

  constructor(shape: LesionShape) {
    this.#shape = shape;
    this.skirt = shape.skirt;
    this.#centre = Float64Array.from(shape.centre);
    this.#reach = shape.radius + shape.skirt + SURROUNDINGS;
    this.#blobs = Float64Array.from(
      shape.blobs.flatMap(({ centre, axes }) => [
        ...centre,
        ...axes.flatMap((axis) => axis.map((value) => value / dot(axis, axis))),
      ]),
    );
  }

  /** An estimate, positive outside; rough far away. */
  at(x: number, y: number, z: number, noise: GradientNoise): number {
    const ax = x - this.#centre[0];
    const ay = y - this.#centre[1];
    const az = z - this.#centre[2];
    const away = Math.sqrt(ax * ax + ay * ay + az * az);
    // Far from it the ball that encloses it is near enough, for steps along a ray.
    return away > this.#reach ? away - this.#shape.radius : this.#near(x, y, z, noise);
  }

  #near(x: number, y: number, z: number, noise: GradientNoise): number {
    const { radius, joint, lumpDepth, lumpDensity } = this.#shape;
    const b = this.#blobs;
    let distance = NOWHERE;
    for (let i = 0; i < b.length; i += BLOB) {
      const dx = x - b[i];
      const dy = y - b[i + 1];
      const dz = z - b[i + 2];
      const px = b[i + 3] * dx + b[i + 4] * dy + b[i + 5] * dz;
      const py = b[i + 6] * dx + b[i + 7] * dy + b[i + 8] * dz;
      const pz = b[i + 9] * dx + b[i + 10] * dy + b[i + 11] * dz;
      // The gradient of the squared length in the unit ball, halved, back in space.
      const gx = b[i + 3] * px + b[i + 6] * py + b[i + 9] * pz;
      const gy = b[i + 4] * px + b[i + 7] * py + b[i + 10] * pz;
      const gz = b[i + 5] * px + b[i + 8] * py + b[i + 11] * pz;
      const length = Math.sqrt(px * px + py * py + pz * pz);
      const slope = Math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-9;
      distance = smoothMinimum(distance, (length * (length - 1)) / slope, joint);
    }
    // Lumps matter near the surface alone.
    const near = 1 - distance / (0.5 * radius);
    if (near <= 0) return distance;
    const lump = noise.at(x * lumpDensity, y * lumpDensity + 3.7, z * lumpDensity);
    return distance + Math.min(1, near) * lumpDepth * lump;
  }
}

/** The lesser of two distances, with a fillet where they differ by less than `width` (Quilez's quadratic form). */
export function smoothMinimum(a: number, b: number, width: number): number {
  const overlap = width - Math.abs(a - b);
  const lesser = a < b ? a : b;
  return overlap > 0 ? lesser - (overlap * overlap) / (4 * width) : lesser;
}
