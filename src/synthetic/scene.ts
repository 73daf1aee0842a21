import { RandomStream } from '../core/random.ts';
import { type Bubble, drawBubbles } from './bubbles.ts';
import { type Camera, drawCamera } from './camera.ts';
import { between, happens, ratioBetween } from './chance.ts';
import { drawFrame, type Frame, frameCoverage } from './frame.ts';
import { drawLesions, type Lesion } from './lesions.ts';
import { GradientNoise } from './noise.ts';
import { shade } from './shade.ts';
import { type Bowel, type Fold, Surface } from './surface.ts';
import { drawMucosa, type Mucosa, Tissue } from './tissue.ts';
import { traceDepths } from './trace.ts';

/** Everything that decides a picture but its resolution. */
export interface Scene {
  readonly camera: Camera;
  readonly bowel: Bowel;
  readonly mucosa: Mucosa;
  readonly bubbles: readonly Bubble[];
  readonly frame: Frame;
  readonly optics: Optics;
  readonly lesions: readonly Lesion[];
  readonly noise: GradientNoise;
}

/** What the camera makes of the light. */
export interface Optics {
  /** Factor to the light, so that the picture without lesions is neither dark nor glaring. */
  readonly exposure: number;
  /** Gains of red, green and blue. */
  readonly balance: readonly [number, number, number];
  /** Standard deviation of the blur, in parts of the longer side. */
  readonly blur: number;
  /** Standard deviation of the noise, in grey levels of 255. */
  readonly grain: number;
  readonly grainSeed: number;
}

/** Cells on the shorter side of the grid on which lesions are placed and the exposure is measured. */
const GRID = 28;

/**
 * Draws the scene of an image.
 * @param aspect width over height of the picture
 */
export function drawScene(seed: number, index: number, aspect: number): Scene {
  const stream = (purpose: string) => new RandomStream(seed, 'synthetic', index, purpose);
  const noise = new GradientNoise(stream('noise'));
  const camera = drawCamera(stream('camera'));
  const bowel = drawBowel(stream('bowel'));
  const mucosa = drawMucosa(stream('mucosa'));
  const bubbles = drawBubbles(stream('bubbles'));
  const frame = drawFrame(stream('frame'));
  const grid = {
    height: Math.round(GRID * Math.max(1, 1 / aspect)),
    width: Math.round(GRID * Math.max(1, aspect)),
  };
  const surface = new Surface(bowel, [], noise);
  const coverage = frameCoverage(frame, grid);
  const depths = traceDepths(surface, camera, grid, coverage);
  const lesions = drawLesions(stream('lesions'), { camera, surface, noise, grid, depths, coverage });
  const tissue = new Tissue(mucosa, noise);
  const { light } = shade({ surface, tissue, looks: [] }, camera, grid, depths);
  const optics = drawOptics(stream('optics'), light);
  return { camera, bowel, mucosa, bubbles, frame, optics, lesions, noise };
}

function drawBowel(stream: RandomStream): Bowel {
  const bend = () => between(stream, -0.16, 0.16);
  const folds: Fold[] = [];
  let z = between(stream, -2.2, -1.6);
  while (z < 7) {
    z += between(stream, 0.35, 1.1);
    const width = between(stream, 0.16, 0.4);
    folds.push({
      z,
      lean: [between(stream, -0.5, 0.5), between(stream, -0.5, 0.5)],
      angle: between(stream, 0, 2 * Math.PI),
      end: between(stream, -0.5, 0.5),
      height: Math.min(between(stream, 0.1, 0.5), 1.6 * width),
      width,
    });
  }
  return { bend: [bend(), bend()], folds, unevenness: between(stream, 0.1, 0.3) };
}

function drawOptics(stream: RandomStream, light: Float32Array): Optics {
  const green = light.filter((_, i) => i % 3 === 1).sort();
  const typical = green[Math.floor(0.65 * green.length)] + 1e-3;
  return {
    exposure: ratioBetween(stream, 0.1, 0.3) / typical,
    balance: [between(stream, 0.95, 1.1), between(stream, 0.93, 1.05), between(stream, 0.85, 1.15)],
    blur: happens(stream, 0.25) ? ratioBetween(stream, 0.004, 0.012) : ratioBetween(stream, 0.001, 0.004),
    grain: between(stream, 0.5, 2.5),
    grainSeed: stream.integer(2 ** 31),
  };
}
