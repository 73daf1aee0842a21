import { LesionDistance, type LesionShape, NOWHERE, smoothMinimum } from './lesion-shape.ts';
import type { GradientNoise } from './noise.ts';

/** A half-moon fold that stands into the bowel. */
export interface Fold {
  /** Where along the bowel its middle lies. */
  readonly z: number;
  /** How far it leans along the bowel, by x and by y. */
  readonly lean: readonly [number, number];
  /** The angle at which it is highest. */
  readonly angle: number;
  /** The cosine, from that angle, at which it ends: -1 goes all around. */
  readonly end: number;
  readonly height: number;
  /** Half its thickness at the root. */
  readonly width: number;
}

/** The wall of a bent tube of radius 1 around the z axis. */
export interface Bowel {
  /** Its axis is at (x, y) = bend z^2. */
  readonly bend: readonly [number, number];
  readonly folds: readonly Fold[];
  /** How deep the wall's slow unevenness goes. */
  readonly unevenness: number;
}

/** Numbers of a fold. */
const FOLD = 8;
/** How far folds waver along the bowel, with its unevenness. */
const WAVER = 0.25;
/** The wall is nowhere farther from the axis. */
const LARGEST_RADIUS = 1.3;
/** Sections of length 1 along the bowel, for which the folds that reach into them are listed; the first begins here. */
const FIRST_SECTION = -6;
const SECTIONS = 20;

/** Distances to the wall and to the lesions on it, positive in the open. They are estimates: good near the surface. */
export class Surface {
  /** Of the point asked for last: how far the wall is, as it is without lesions. */
  wall = 0;
  /** Of the point asked for last: how far the nearest lesion is, and which it is. */
  lesion = NOWHERE;
  nearest = 0;
  readonly #bowel: Bowel;
  readonly #noise: GradientNoise;
  /** Folds by z. */
  readonly #folds: Float64Array;
  /** Of each section, where in `#folds` its folds begin and end. */
  readonly #begin = new Int32Array(SECTIONS);
  readonly #end = new Int32Array(SECTIONS);
  readonly #lesions: readonly LesionDistance[];

  constructor(bowel: Bowel, lesions: readonly LesionShape[], noise: GradientNoise) {
    this.#bowel = bowel;
    this.#noise = noise;
    const folds = [...bowel.folds].sort((a, b) => a.z - b.z);
    const reach = Math.max(
      0,
      ...folds.map(({ lean, width }) => width + LARGEST_RADIUS * Math.hypot(...lean) + 0.9 * WAVER),
    );
    for (let i = 0; i < SECTIONS; i++) {
      const from = FIRST_SECTION + i;
      this.#begin[i] = FOLD * folds.filter(({ z }) => z < from - reach).length;
      this.#end[i] = FOLD * folds.filter(({ z }) => z < from + 1 + reach).length;
    }
    this.#folds = Float64Array.from(
      folds.flatMap(({ z, lean, angle, end, height, width }) => [
        z,
        ...lean,
        Math.cos(angle),
        Math.sin(angle),
        end,
        height,
        1 / width,
      ]),
    );
    this.#lesions = lesions.map((lesion) => new LesionDistance(lesion));
  }

  /** The distance of a point. */
  at(x: number, y: number, z: number): number {
    const wall = this.#wallAt(x, y, z);
    this.wall = wall;
    this.lesion = NOWHERE;
    let distance = wall;
    const lesions = this.#lesions;
    for (let i = 0; i < lesions.length; i++) {
      const lesion = lesions[i].at(x, y, z, this.#noise);
      if (lesion < this.lesion) {
        this.lesion = lesion;
        this.nearest = i;
      }
      distance = smoothMinimum(distance, lesion, lesions[i].skirt);
    }
    return distance;
  }

  #wallAt(x: number, y: number, z: number): number {
    const { bend, unevenness } = this.#bowel;
    const folds = this.#folds;
    const dx = x - bend[0] * z * z;
    const dy = y - bend[1] * z * z;
    const r = Math.sqrt(dx * dx + dy * dy);
    const uneven = this.#noise.at(1.1 * x + 7.3, 1.1 * y, 1.1 * z);
    let inner = 1 + unevenness * uneven;
    const section = Math.max(0, Math.min(SECTIONS - 1, Math.floor(z) - FIRST_SECTION));
    const end = this.#end[section];
    for (let i = this.#begin[section]; i < end; i += FOLD) {
      const s = (z - folds[i] - folds[i + 1] * dx - folds[i + 2] * dy - WAVER * uneven) * folds[i + 7];
      if (s <= -1 || s >= 1) continue;
      const cosine = (dx * folds[i + 3] + dy * folds[i + 4]) / (r + 1e-9);
      const part = (cosine - folds[i + 5]) / (1 - folds[i + 5]);
      if (part <= 0) continue;
      const profile = 1 - s * s;
      inner -= folds[i + 6] * profile * profile * part * part * (3 - 2 * part);
    }
    return inner - r;
  }
}
