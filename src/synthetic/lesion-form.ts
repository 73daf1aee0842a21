import type { RandomStream } from '../core/random.ts';
import { between, happens, ratioBetween } from './chance.ts';
import type { Blob, LesionShape } from './lesion-shape.ts';
import { along, cross, dot, unit, type Vector } from './vector.ts';

/** A place on the wall with its normal, which points into the open. */
export interface Site {
  readonly point: Vector;
  readonly normal: Vector;
  /** How far it is from the camera. */
  readonly depth: number;
}

/** The form of a lesion, in units of its radius: how it stands on the wall, and the blobs it is made of. */
export interface LesionForm {
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

/** Flat, domed or on a stalk, in one piece or lobed. */
export function drawForm(stream: RandomStream): LesionForm {
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
    lumpDepth: height * between(stream, 0.04, 0.22),
    lumpDensity: between(stream, 1.2, 2.6),
  };
}

/** The shape of a lesion of this form and radius on a site. */
export function placeForm(form: LesionForm, { point, normal }: Site, radius: number): LesionShape {
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
