import type { RandomStream } from '../core/random.ts';
import { between, happens, ratioBetween } from './chance.ts';
import type { GradientNoise } from './noise.ts';
import { step } from './step.ts';
import type { Vector } from './vector.ts';

/** How the mucosa of one bowel looks. Colours are parts of the light thrown back: linear red, green, blue. */
export interface Mucosa {
  readonly colour: Vector;
  /** How much its redness varies from place to place, 0..1. */
  readonly patchiness: number;
  /** How well vessels are seen, 0..1, and how many there are to a length of 1. */
  readonly vessels: number;
  readonly vesselDensity: number;
  /** How deep its small bumps are. */
  readonly roughness: number;
  /** How sharp its highlights are: the exponent of Blinn and Phong's model. */
  readonly gloss: number;
  /** The part of the wall under yellow residue, 0..1, and its colour. */
  readonly residue: number;
  readonly residueColour: Vector;
}

/** How a lesion looks. */
export interface LesionLook {
  /** Factors to the mucosa's colour. */
  readonly tint: Vector;
  /** Over which distance, on the surface, its colour sets in. */
  readonly edge: number;
  /** How strong its pits are, 0..1, and how many there are to a length of 1. */
  readonly pits: number;
  readonly pitDensity: number;
}

export function drawMucosa(stream: RandomStream): Mucosa {
  const green = between(stream, 0.2, 0.38);
  const bright = between(stream, 0.75, 1);
  return {
    colour: [bright, bright * green, bright * green * between(stream, 0.42, 0.95)],
    patchiness: between(stream, 0.2, 0.8),
    vessels: happens(stream, 0.35) ? 0 : between(stream, 0.25, 0.85),
    vesselDensity: ratioBetween(stream, 1.4, 2.6),
    roughness: ratioBetween(stream, 0.5, 1.6),
    gloss: ratioBetween(stream, 350, 1400),
    residue: happens(stream, 0.3) ? between(stream, 0, 0.3) : 0,
    residueColour: [between(stream, 0.6, 0.85), between(stream, 0.4, 0.55), between(stream, 0.05, 0.14)],
  };
}

/** Colour and relief at points of a surface. */
export class Tissue {
  /** Of the point asked for last: colour, linear. */
  readonly colour = new Float64Array(3);
  /** How its bumps tilt the surface: to be taken from the normal. */
  readonly tilt = new Float64Array(3);
  /** How wet it is there, 0..1. */
  wetness = 0;
  /** How sharp highlights are. */
  readonly gloss: number;
  readonly #mucosa: Mucosa;
  readonly #noise: GradientNoise;

  constructor(mucosa: Mucosa, noise: GradientNoise) {
    this.#mucosa = mucosa;
    this.gloss = mucosa.gloss;
    this.#noise = noise;
  }

  /**
   * @param look how the lesion looks that is nearest, if any
   * @param inside how far inside it the point is, in the scene's unit; negative outside
   * @param footprint what a pixel covers: structures that are smaller fade out
   */
  look(
    x: number,
    y: number,
    z: number,
    look: LesionLook | undefined,
    inside: number,
    footprint: number,
  ): void {
    const { colour, patchiness, roughness, vessels, vesselDensity, residue, residueColour } = this.#mucosa;
    const noise = this.#noise;
    const out = this.colour;
    const slow = noise.at(1.7 * x, 1.7 * y + 11, 1.7 * z);
    const middle = noise.withSlope(5.3 * x, 5.3 * y, 5.3 * z + 23);
    const coarse = 0.05 * roughness;
    for (let i = 0; i < 3; i++) this.tilt[i] = coarse * noise.slope[i];
    noise.withSlope(19 * x, 19 * y, 19 * z);
    const fine = 0.09 * roughness * fade(19, footprint);
    for (let i = 0; i < 3; i++) this.tilt[i] += fine * noise.slope[i];
    this.wetness = step(-0.15, 0.3, middle - 0.5 * slow);
    const ill = look ? step(-look.edge, look.edge, inside) : 0;

    const redness = patchiness * (0.32 * slow + 0.2 * middle);
    out[0] = colour[0] * (1 - 0.1 * redness);
    out[1] = colour[1] * (1 - redness);
    out[2] = colour[2] * (1 - redness);

    const shown = vessels * (1 - 0.9 * ill) * step(-0.45, 0.15, slow + 0.3 * middle + 0.15);
    if (shown > 0.01) {
      const bent = 0.35 * middle;
      const wide = this.#line(vesselDensity, 0.032 + 0.03 * slow, x + bent, y, z, footprint);
      const thin = this.#line(2.7 * vesselDensity, 0.055, x, y + bent, z + 5, footprint);
      const dark = shown * Math.min(1, wide + 0.6 * thin);
      out[0] *= 1 - 0.28 * dark;
      out[1] *= 1 - 0.68 * dark;
      out[2] *= 1 - 0.6 * dark;
    }
    if (look && ill > 0) {
      const grain = noise.at(x * look.pitDensity, y * look.pitDensity, z * look.pitDensity);
      const pit = look.pits * fade(look.pitDensity, footprint) * (Math.abs(grain) * 2.2 - 0.5);
      const slower = 0.22 * look.pitDensity;
      const patch = 0.4 * noise.at(x * slower, y * slower + 17, z * slower);
      out[0] *= 1 + ill * (look.tint[0] * (1 + 0.5 * pit) - 1);
      out[1] *= 1 + ill * (look.tint[1] * (1 + pit + patch) - 1);
      out[2] *= 1 + ill * (look.tint[2] * (1 + pit + patch) - 1);
    } else {
      const grain = noise.at(13 * x, 13 * y, 13 * z);
      const mottle = 1 + 0.12 * fade(13, footprint) * grain;
      for (let i = 0; i < 3; i++) out[i] *= mottle;
    }
    if (residue > 0) {
      const lies = noise.at(2.6 * x, 2.6 * y, 2.6 * z + 47) + 0.45 * noise.at(7.9 * x, 7.9 * y, 7.9 * z + 9);
      const covered = 0.8 * step(0, 0.45, lies - 0.6 + residue);
      for (let i = 0; i < 3; i++) out[i] += covered * (residueColour[i] - out[i]);
    }
  }

  /** 1 on thin lines, where noise changes its sign, else 0. */
  #line(density: number, width: number, x: number, y: number, z: number, footprint: number): number {
    const value = Math.abs(this.#noise.at(x * density, y * density, z * density));
    const blurred = density * footprint;
    const soft = width + blurred;
    return (width / soft) * (1 - step(0.3 * soft, soft, value));
  }
}

/** What is left of structures of a density, if a pixel covers `footprint`. */
export function fade(density: number, footprint: number): number {
  return Math.max(0, Math.min(1, 1.6 - 2.5 * density * footprint));
}
