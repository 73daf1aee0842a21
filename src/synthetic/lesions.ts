import type { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { aimRay, type Camera } from './camera.ts';
import { between, happens, ratioBetween } from './chance.ts';
import { drawForm, placeForm, type Site } from './lesion-form.ts';
import { LesionDistance, type LesionShape } from './lesion-shape.ts';
import type { GradientNoise } from './noise.ts';
import type { Surface } from './surface.ts';
import type { LesionLook } from './tissue.ts';
import { FAR } from './trace.ts';
import { along, dot, unit, type Vector } from './vector.ts';

export interface Lesion {
  readonly shape: LesionShape;
  readonly look: LesionLook;
}

/** The view without lesions: what there is to put them on. */
export interface View {
  readonly camera: Camera;
  readonly surface: Surface;
  readonly noise: GradientNoise;
  /** A coarse grid over the picture: its size, the depth of each ray, and how much of it the frame shows. */
  readonly grid: Size;
  readonly depths: Float32Array;
  readonly coverage: Float32Array;
}

/** The share of the picture that lesions take, at the least and at the most; and the most that others than the first take. */
const LEAST_AREA = 0.006;
const MOST_AREA = 0.35;
const MOST_OTHERS = 0.06;

/** How often another site is tried, and how often the radius is corrected there. */
const SITES = 12;
const CORRECTIONS = 3;
/** A share that is wrong by less than this factor will do. */
const TOLERANCE = 1.35;
/** How near to the camera a lesion may come, and how large its radius may be. */
const NEAREST = 0.3;
const LARGEST = 0.75;

/** Mostly one lesion, sometimes two or three, seldom none. */
export function drawLesions(stream: RandomStream, view: View): Lesion[] {
  const draw = stream.uniform();
  const number = draw < 0.03 ? 0 : draw < 0.85 ? 1 : draw < 0.96 ? 2 : 3;
  return Array.from({ length: number }, (_, i) => {
    const most = i === 0 ? MOST_AREA : MOST_OTHERS;
    // Nearly log-uniform, with somewhat more of the large ones.
    const area = LEAST_AREA * (most / LEAST_AREA) ** (stream.uniform() ** 0.8);
    return drawLesion(stream, view, area);
  }).filter((lesion) => lesion !== undefined);
}

/** A lesion that takes about this share of the picture, where the frame shows it; undefined if no site was found. */
function drawLesion(stream: RandomStream, view: View, area: number): Lesion | undefined {
  const form = drawForm(stream);
  const { camera, noise } = view;
  let best: LesionShape | undefined;
  let bestMiss = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SITES && bestMiss > TOLERANCE; i++) {
    const site = drawSite(stream, view);
    if (!site) continue;
    let radius = Math.min(LARGEST, Math.sqrt((4 * area) / Math.PI) * camera.zoom * site.depth);
    for (let k = 0; k < CORRECTIONS; k++) {
      const shape = placeForm(form, site, radius);
      if (new LesionDistance(shape).at(...camera.position, noise) < NEAREST) {
        radius *= 0.7;
        continue;
      }
      const seen = Math.max(1e-6, shareSeen(shape, view));
      const miss = Math.max(seen / area, area / seen);
      if (miss < bestMiss && seen > 0.8 * LEAST_AREA) {
        best = shape;
        bestMiss = miss;
      }
      radius = Math.min(LARGEST, radius * Math.max(0.6, Math.min(1.5, Math.sqrt(area / seen))));
    }
  }
  return best && { shape: best, look: drawLook(stream, best) };
}

function drawSite(stream: RandomStream, { camera, surface, grid, depths, coverage }: View): Site | undefined {
  const column = Math.floor(grid.width * between(stream, 0.12, 0.88));
  const row = Math.floor(grid.height * between(stream, 0.12, 0.88));
  const cell = row * grid.width + column;
  const depth = depths[cell];
  if (depth >= Math.min(FAR, 3.5) || coverage[cell] < 0.5) return undefined;
  const ray = new Float64Array(3);
  aimRay(camera, grid, column + 0.5, row + 0.5, ray);
  const point = along(camera.position, [ray[0], ray[1], ray[2]], depth);
  const e = 0.05;
  const [x, y, z] = point;
  const here = surface.at(x, y, z);
  const normal = unit([
    surface.at(x + e, y, z) - here,
    surface.at(x, y + e, z) - here,
    surface.at(x, y, z + e) - here,
  ]);
  return { point, normal, depth };
}

/** The share of the picture in which the lesion is in front of the wall, and the frame shows it. */
function shareSeen(shape: LesionShape, { camera, noise, grid, depths, coverage }: View): number {
  const distance = new LesionDistance(shape);
  const ray = new Float64Array(3);
  const [px, py, pz] = camera.position;
  const centre = along(shape.centre, camera.position, -1);
  let seen = 0;
  for (let i = 0; i < depths.length; i++) {
    if (coverage[i] === 0) continue;
    aimRay(camera, grid, (i % grid.width) + 0.5, Math.floor(i / grid.width) + 0.5, ray);
    const middle = centre[0] * ray[0] + centre[1] * ray[1] + centre[2] * ray[2];
    const half = shape.radius ** 2 - (dot(centre, centre) - middle * middle);
    if (half <= 0) continue;
    const from = Math.max(0.02, middle - Math.sqrt(half));
    const to = Math.min(depths[i], middle + Math.sqrt(half));
    let t = from;
    while (t < to) {
      const d = distance.at(px + t * ray[0], py + t * ray[1], pz + t * ray[2], noise);
      if (d < 0) {
        seen += coverage[i];
        break;
      }
      t += Math.max(0.6 * d, 0.02);
    }
  }
  return seen / depths.length;
}

function drawLook(stream: RandomStream, { radius }: LesionShape): LesionLook {
  const contrast = ratioBetween(stream, 0.15, 1);
  const redder = happens(stream, 0.5);
  const towards: Vector = redder
    ? [between(stream, 0.85, 1), between(stream, 0.5, 0.75), between(stream, 0.5, 0.8)]
    : [between(stream, 1.02, 1.15), between(stream, 1.2, 1.6), between(stream, 1.2, 1.9)];
  return {
    tint: along([1, 1, 1], along(towards, [1, 1, 1], -1), contrast),
    edge: radius * ratioBetween(stream, 0.02, 0.15),
    pits: between(stream, 0.1, 0.45),
    pitDensity: between(stream, 4, 9) / radius,
  };
}
