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

/** Lights every pixel: a lamp beside the lens, highlights on wet bumps, and what the walls throw at each other. */
export function shade(matter: Matter, camera: Camera, size: Size, depths: Float32Array): Shaded {
  const { surface, tissue, looks } = matter;
  const { height, width } = size;
  const { position, lamp, forward } = camera;
  const light = new Float32Array(height * width * 3);
  const mask = new Uint8Array(height * width);
  const ray = new Float64Array(3);
  const pixel = (2.2 * camera.zoom) / Math.max(height, width);
  for (let i = 0; i < depths.length; i++) {
    const t = depths[i];
    if (t >= FAR) continue;
    aimRay(camera, size, (i % width) + 0.5, Math.floor(i / width) + 0.5, ray);
    const x = position[0] + t * ray[0];
    const y = position[1] + t * ray[1];
    const z = position[2] + t * ray[2];
    const footprint = pixel * t;

    // The normal, over what a pixel covers.
    const e = Math.max(0.004, 0.8 * footprint);
    const here = surface.at(x, y, z);
    const inside = surface.wall - surface.lesion;
    const lesion = surface.nearest;
    if (inside > 0) mask[i] = 1;
    let nx = surface.at(x + e, y, z) - here;
    let ny = surface.at(x, y + e, z) - here;
    let nz = surface.at(x, y, z + e) - here;
    const steep = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz + 1e-18);
    // What is seen faces the camera, if only just: else outlines, where rays graze, turn black.
    const away = Math.max(0, steep * (nx * ray[0] + ny * ray[1] + nz * ray[2]) + 0.15);
    nx = steep * nx - away * ray[0];
    ny = steep * ny - away * ray[1];
    nz = steep * nz - away * ray[2];
    const hollow = 0.16;
    const open = (surface.at(x + hollow * nx, y + hollow * ny, z + hollow * nz) - here) / hollow;
    const occlusion = 0.38 + 0.62 * Math.max(0, Math.min(1, open));

    tissue.look(x, y, z, looks[lesion], inside, footprint);

    // Bumps tilt the normal.
    const bx = nx - tissue.tilt[0];
    const by = ny - tissue.tilt[1];
    const bz = nz - tissue.tilt[2];
    const bl = 1 / Math.sqrt(bx * bx + by * by + bz * bz);

    const lx = lamp[0] - x;
    const ly = lamp[1] - y;
    const lz = lamp[2] - z;
    const square = lx * lx + ly * ly + lz * lz;
    const near = 1 / Math.sqrt(square);
    const facing = (bx * lx + by * ly + bz * lz) * bl * near;
    const diffuse = Math.max(0, 0.22 + 0.78 * facing);
    // The lamp shines ahead.
    const beam = -(lx * forward[0] + ly * forward[1] + lz * forward[2]) * near;
    const lit = ((0.35 + 0.65 * Math.max(0, beam)) * occlusion) / (square + 0.2);

    const hx = lx * near - ray[0];
    const hy = ly * near - ray[1];
    const hz = lz * near - ray[2];
    const half = 1 / Math.sqrt(hx * hx + hy * hy + hz * hz);
    const mirrored = (bx * hx + by * hy + bz * hz) * bl * half;
    // Below that, the power is next to nothing.
    const highlight = mirrored > 0.97 ? 9 * tissue.wetness * lit * mirrored ** tissue.gloss : 0;

    const around = (0.16 * occlusion) / (0.4 + square);
    for (let c = 0; c < 3; c++) {
      const albedo = tissue.colour[c];
      light[3 * i + c] = albedo * (lit * diffuse + around * albedo) + highlight;
    }
  }
  return { light, mask };
}
