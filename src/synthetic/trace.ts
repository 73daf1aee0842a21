import type { Size } from '../core/size.ts';
import { aimRay, type Camera } from './camera.ts';
import type { Surface } from './surface.ts';

/** What lies farther away is as good as black. */
export const FAR = 9;

/** Side of the blocks whose corners are traced first, in pixels. */
const BLOCK = 4;

/**
 * How far the surface is along each pixel's ray, [H, W]; FAR where there is none or the frame shows none.
 * Corners of blocks are traced from the camera on, pixels from what their corners say.
 */
export function traceDepths(
  surface: Surface,
  camera: Camera,
  size: Size,
  coverage: Float32Array,
): Float32Array {
  const { height, width } = size;
  const columns = Math.ceil(width / BLOCK) + 1;
  const rows = Math.ceil(height / BLOCK) + 1;
  const ray = new Float64Array(3);
  const corners = new Float32Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      aimRay(camera, size, column * BLOCK, row * BLOCK, ray);
      corners[i] = march(surface, camera, ray, 0.02);
    }
  }
  const [nearest, farthest] = extremesAround(corners, rows, columns);
  const depths = new Float32Array(height * width);
  for (let y = 0, o = 0; y < height; y++) {
    const row = Math.floor(y / BLOCK);
    const fy = (y + 0.5) / BLOCK - row;
    for (let x = 0; x < width; x++, o++) {
      const column = Math.floor(x / BLOCK);
      const fx = (x + 0.5) / BLOCK - column;
      const i = row * columns + column;
      const a = corners[i];
      const b = corners[i + 1];
      const c = corners[i + columns];
      const d = corners[i + columns + 1];
      if (nearest[i] === FAR || coverage[o] === 0) {
        depths[o] = FAR;
        continue;
      }
      aimRay(camera, size, x + 0.5, y + 0.5, ray);
      const guess = (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy;
      depths[o] =
        (farthest[i] < 1.25 * nearest[i] && settle(surface, camera, ray, guess)) ||
        march(surface, camera, ray, 0.95 * nearest[i]);
    }
  }
  return depths;
}

/** The least and the greatest depth at the corners of each block and of the blocks around it. */
function extremesAround(corners: Float32Array, rows: number, columns: number): [Float32Array, Float32Array] {
  const nearest = new Float32Array(corners.length);
  const farthest = new Float32Array(corners.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      let least = FAR;
      let most = 0;
      for (let y = Math.max(0, row - 1); y < Math.min(rows, row + 3); y++) {
        for (let x = Math.max(0, column - 1); x < Math.min(columns, column + 3); x++) {
          const depth = corners[y * columns + x];
          if (depth < least) least = depth;
          if (depth > most) most = depth;
        }
      }
      nearest[i] = least;
      farthest[i] = most;
    }
  }
  return [nearest, farthest];
}

/** Goes along a ray until it is inside the surface, then finds where it came in. */
export function march(surface: Surface, camera: Camera, ray: Float64Array, from: number): number {
  const px = camera.position[0];
  const py = camera.position[1];
  const pz = camera.position[2];
  const dx = ray[0];
  const dy = ray[1];
  const dz = ray[2];
  let t = from;
  let distance = surface.at(px + t * dx, py + t * dy, pz + t * dz);
  // What is between the corners of a block may be nearer than they are.
  while (distance <= 0 && t > 0.02) {
    t *= 0.8;
    distance = surface.at(px + t * dx, py + t * dy, pz + t * dz);
  }
  while (distance > 0) {
    const before = t;
    const distanceBefore = distance;
    t += Math.max(0.5 * distance, 0.006 * (0.5 + t));
    if (t > FAR) return FAR;
    distance = surface.at(px + t * dx, py + t * dy, pz + t * dz);
    if (distance > 0) continue;
    // Twice by regula falsi: the steps before it were short.
    let low = before;
    let high = t;
    let atLow = distanceBefore;
    let atHigh = distance;
    for (let i = 0; i < 2; i++) {
      t = low + ((high - low) * atLow) / (atLow - atHigh);
      distance = surface.at(px + t * dx, py + t * dy, pz + t * dz);
      if (distance > 0) {
        low = t;
        atLow = distance;
      } else {
        high = t;
        atHigh = distance;
      }
    }
    return t;
  }
  return t;
}

/**
 * The surface near a depth that is nearly right, by one step of Newton's for a ray that comes in neither flat nor
 * upright; 0 if the depth was not nearly right.
 */
function settle(surface: Surface, camera: Camera, ray: Float64Array, guess: number): number {
  const from = camera.position;
  const distance = surface.at(from[0] + guess * ray[0], from[1] + guess * ray[1], from[2] + guess * ray[2]);
  return Math.abs(distance) < 0.006 * guess ? guess + 1.3 * distance : 0;
}
