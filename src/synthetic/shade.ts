import type { Size } from '../core/size.ts';
import { aimRay, type Camera } from './camera.ts';
import type { Surface } from './surface.ts';
import type { LesionLook, Tissue } from './tissue.ts';
import { FAR } from './trace.ts';

/** What light falls on, and how it is thrown back. */
export interface Matter {
  readonly surface: Surface;
  readonly tissue: Tissue;
  readonly looks: readonly LesionLook[];
}

/** Light that reaches the camera, before exposure. */
export interface Shaded {
  /** [H, W, 3], linear. */
  readonly light: Float32Array;
  /** [H, W], 1 where a lesion is seen. */
  readonly mask: Uint8Array;
}

/** The point of a surface that a pixel shows. */
interface Point {
  readonly position: Float64Array;
  /** Towards the camera, of length 1. */
  readonly normal: Float64Array;
  /** How far the point lies inside a lesion; negative outside. */
  inside: number;
  /** Which lesion is nearest. */
  lesion: number;
  /** How much light reaches it from the open, 0.38..1. */
  openness: number;
}

/** Over which distance walls shade each other. */
const HOLLOW = 0.16;

/** Lights every pixel: a lamp beside the lens, highlights on wet bumps, and what the walls throw at each other. */
export function shade(
  { surface, tissue, looks }: Matter,
  camera: Camera,
  size: Size,
  depths: Float32Array,
): Shaded {
  const { height, width } = size;
  const light = new Float32Array(height * width * 3);
  const mask = new Uint8Array(height * width);
  // One for all pixels, written anew for each.
  const [ray, colour] = [new Float64Array(3), new Float64Array(3)];
  const point: Point = {
    ...{ position: new Float64Array(3), normal: new Float64Array(3) },
    ...{ inside: 0, lesion: 0, openness: 0 },
  };
  const pixel = (2.2 * camera.zoom) / Math.max(height, width);
  for (let i = 0; i < depths.length; i++) {
    const depth = depths[i];
    if (depth >= FAR) continue;
    aimRay(camera, size, (i % width) + 0.5, Math.floor(i / width) + 0.5, ray);
    const { position } = point;
    for (let axis = 0; axis < 3; axis++) position[axis] = camera.position[axis] + depth * ray[axis];
    const footprint = pixel * depth;
    findPoint(surface, ray, footprint, point);
    if (point.inside > 0) mask[i] = 1;
    tissue.look(position[0], position[1], position[2], looks[point.lesion], point.inside, footprint);
    lightPoint(tissue, camera, ray, point, colour);
    light.set(colour, 3 * i);
  }
  return { light, mask };
}

/** All of a point but its position, which is given. @param footprint how wide the pixel is there */
function findPoint(surface: Surface, ray: Float64Array, footprint: number, point: Point): void {
  const [x, y, z] = point.position;
  // The normal, over what a pixel covers.
  const e = Math.max(0.004, 0.8 * footprint);
  const here = surface.at(x, y, z);
  point.inside = surface.wall - surface.lesion;
  point.lesion = surface.nearest;
  let nx = surface.at(x + e, y, z) - here;
  let ny = surface.at(x, y + e, z) - here;
  let nz = surface.at(x, y, z + e) - here;
  const steep = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz + 1e-18);
  // What is seen faces the camera, if only just: else outlines, where rays graze, turn black.
  const away = Math.max(0, steep * (nx * ray[0] + ny * ray[1] + nz * ray[2]) + 0.15);
  nx = steep * nx - away * ray[0];
  ny = steep * ny - away * ray[1];
  nz = steep * nz - away * ray[2];
  point.normal[0] = nx;
  point.normal[1] = ny;
  point.normal[2] = nz;
  const open = (surface.at(x + HOLLOW * nx, y + HOLLOW * ny, z + HOLLOW * nz) - here) / HOLLOW;
  point.openness = 0.38 + 0.62 * Math.max(0, Math.min(1, open));
}

/** The light from a point to the camera, into `colour`: linear red, green, blue. The tissue was asked for that point. */
function lightPoint(
  tissue: Tissue,
  { lamp, forward }: Camera,
  ray: Float64Array,
  { position, normal, openness }: Point,
  colour: Float64Array,
): void {
  // Bumps tilt the normal.
  const bx = normal[0] - tissue.tilt[0];
  const by = normal[1] - tissue.tilt[1];
  const bz = normal[2] - tissue.tilt[2];
  const bl = 1 / Math.sqrt(bx * bx + by * by + bz * bz);

  const lx = lamp[0] - position[0];
  const ly = lamp[1] - position[1];
  const lz = lamp[2] - position[2];
  const square = lx * lx + ly * ly + lz * lz;
  const near = 1 / Math.sqrt(square);
  const facing = (bx * lx + by * ly + bz * lz) * bl * near;
  const diffuse = Math.max(0, 0.22 + 0.78 * facing);
  // The lamp shines ahead.
  const beam = -(lx * forward[0] + ly * forward[1] + lz * forward[2]) * near;
  const lit = ((0.35 + 0.65 * Math.max(0, beam)) * openness) / (square + 0.2);

  const hx = lx * near - ray[0];
  const hy = ly * near - ray[1];
  const hz = lz * near - ray[2];
  const half = 1 / Math.sqrt(hx * hx + hy * hy + hz * hz);
  const mirrored = (bx * hx + by * hy + bz * hz) * bl * half;
  // Below that, the power is next to nothing.
  const highlight = mirrored > 0.97 ? 9 * tissue.wetness * lit * mirrored ** tissue.gloss : 0;

  const around = (0.16 * openness) / (0.4 + square);
  for (let c = 0; c < 3; c++) {
    const albedo = tissue.colour[c];
    colour[c] = albedo * (lit * diffuse + around * albedo) + highlight;
  }
}
