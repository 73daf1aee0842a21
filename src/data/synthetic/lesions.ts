import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../resize.ts';
import { aimRay, type Camera } from './camera.ts';
import { between, happens, ratioBetween } from './chance.ts';
import { type Blob, LesionDistance, type LesionShape } from './lesion-shape.ts';
import type { GradientNoise } from './noise.ts';
import type { Surface } from './surface.ts';
import type { LesionLook } from './tissue.ts';
import { FAR } from './trace.ts';
import { along, cross, dot, unit, type Vector } from './vector.ts';

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

/** The share of the picture that lesions take, at the least and at the most. */
const LEAST_AREA = 0.005;
const MOST_AREA = 0.35;
const ATTEMPTS = 12;

/** Mostly one lesion, sometimes two or three, seldom none. */
export function drawLesions(stream: RandomStream, view: View): Lesion[] {
  const draw = stream.uniform();
  const number = draw < 0.03 ? 0 : draw < 0.85 ? 1 : draw < 0.96 ? 2 : 3;
  const lesions: Lesion[] = [];
  for (let i = 0; i < number; i++) {
    const most = i === 0 ? MOST_AREA : 0.06;
    const lesion = drawLesion(
      stream,
      view,
      LEAST_AREA * 1.4 * (most / LEAST_AREA / 1.4) ** (stream.uniform() ** 0.8),
    );
    if (lesion) lesions.push(lesion);
  }
  return lesions;
}

/** A lesion that takes about this share of the picture, where the frame shows it; undefined if no place was found. */
function drawLesion(stream: RandomStream, view: View, area: number): Lesion | undefined {
  const form = drawForm(stream);
  let best: LesionShape | undefined;
  let bestMiss = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && bestMiss > 1.35; attempt++) {
    const site = drawSite(stream, view);
    if (!site) continue;
    let radius = Math.sqrt((4 * area) / Math.PI) * view.camera.zoom * site.depth;
    for (let round = 0; round < 3; round++) {
      const shape = place(form, site, radius);
      const seen =
        new LesionDistance(shape).at(...view.camera.position, view.noise) < 0.3 ? 0 : shareSeen(shape, view);
      const miss = Math.max(seen / area, area / (seen + 1e-6));
      if (miss < bestMiss && seen >= LEAST_AREA) [best, bestMiss] = [shape, miss];
      radius *= Math.max(0.6, Math.min(1.5, Math.sqrt(area / (seen + 1e-4))));
      radius = Math.min(radius, 0.75);
    }
  }
  return best && { shape: best, look: drawLook(stream, best) };
}

/** A place on the wall with its normal, which points into the open. */
interface Site {
  readonly point: Vector;
  readonly normal: Vector;
  readonly depth: number;
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

/** The form of a lesion, in units of its radius: how it stands on the wall, and the blobs it is made of. */
interface Form {
  readonly turn: number;
  /** Half its height, and how high its middle is above the wall. */
  readonly height: number;
  readonly lift: number;
  readonly length: number;
  /** Others beside the first: where, and how large. */
  readonly lobes: readonly { readonly angle: number; readonly away: number; readonly size: number }[];
  readonly stalk: boolean;
  readonly skirt: number;
  readonly lumpDepth: number;
  readonly lumpDensity: number;
}

function drawForm(stream: RandomStream): Form {
  const kind = stream.uniform();
  const flat = kind < 0.3;
  const stalk = kind > 0.8;
  const height = flat ? between(stream, 0.28, 0.5) : between(stream, 0.65, 1.05);
  const lobes = happens(stream, 0.45) ? 1 + stream.integer(3) : 0;
  return {
    turn: between(stream, 0, Math.PI),
    height,
    lift: flat ? 0.1 : stalk ? between(stream, 0.9, 1.3) : between(stream, 0.1, 0.6),
    length: ratioBetween(stream, 1, 1.7),
    lobes: Array.from({ length: lobes }, () => ({
      angle: between(stream, 0, 2 * Math.PI),
      away: between(stream, 0.5, 1),
      size: between(stream, 0.45, 0.8),
    })),
    stalk,
    skirt: flat ? between(stream, 0.15, 0.4) : between(stream, 0.08, 0.28),
    lumpDepth: between(stream, 0.04, 0.24),
    lumpDensity: between(stream, 1.2, 2.6),
  };
}

function place(form: Form, { point, normal }: Site, radius: number): LesionShape {
  const helper: Vector = Math.abs(normal[2]) < 0.8 ? [0, 0, 1] : [1, 0, 0];
  const first = unit(cross(normal, helper));
  const second = cross(normal, first);
  const turned = (angle: number) => along(along([0, 0, 0], first, Math.cos(angle)), second, Math.sin(angle));
  const longWay = turned(form.turn);
  const shortWay = cross(normal, longWay);
  const blob = (centre: Vector, size: number): Blob => ({
    centre,
    axes: [
      along([0, 0, 0], longWay, radius * size * form.length),
      along([0, 0, 0], shortWay, radius * size),
      along([0, 0, 0], normal, radius * size * form.height),
    ],
  });
  const middle = along(point, normal, form.lift * radius);
  const blobs = [blob(middle, 1)];
  for (const { angle, away, size } of form.lobes) {
    blobs.push(blob(along(middle, turned(angle), away * radius * (0.5 + 0.5 * form.length)), size));
  }
  if (form.stalk) {
    const half = 0.6 * form.lift * radius;
    blobs.push({
      centre: along(point, normal, 0.3 * form.lift * radius),
      axes: [
        along([0, 0, 0], longWay, 0.4 * radius),
        along([0, 0, 0], shortWay, 0.4 * radius),
        along([0, 0, 0], normal, half + 0.3 * radius),
      ],
    });
  }
  const reach = Math.max(
    ...blobs.map(({ centre, axes }) => {
      const away = along(centre, middle, -1);
      return Math.hypot(...away) + Math.sqrt(Math.max(...axes.map((axis) => dot(axis, axis))));
    }),
  );
  return {
    blobs,
    centre: middle,
    radius: reach,
    joint: 0.3 * radius,
    skirt: form.skirt * radius,
    lumpDepth: form.lumpDepth * radius,
    lumpDensity: form.lumpDensity / radius,
  };
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
