import type { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { between } from './chance.ts';
import { along, cross, unit, type Vector } from './vector.ts';

/** Where the endoscope's tip is, where it looks, and where its light comes from. */
export interface Camera {
  readonly position: Vector;
  readonly right: Vector;
  readonly down: Vector;
  readonly forward: Vector;
  /** The tangent of half the angle of view, over the longer side. */
  readonly zoom: number;
  /** The lamp, beside the lens. */
  readonly lamp: Vector;
}

/** A camera inside the bowel, that looks along it or at its wall. */
export function drawCamera(stream: RandomStream): Camera {
  const around = between(stream, 0, 2 * Math.PI);
  const off = 0.6 * Math.sqrt(stream.uniform());
  const position: Vector = [off * Math.cos(around), off * Math.sin(around), 0];
  // Away from the side it is at: so it sees more than a few pores.
  const aim = around + Math.PI + between(stream, -1.3, 1.3);
  const tilt = between(stream, 0.1, 1.35);
  const forward: Vector = [Math.sin(tilt) * Math.cos(aim), Math.sin(tilt) * Math.sin(aim), Math.cos(tilt)];
  const roll = between(stream, 0, 2 * Math.PI);
  const side = unit(cross(forward, [Math.cos(roll), Math.sin(roll), 0.1]));
  const down = cross(forward, side);
  const lampAngle = between(stream, 0, 2 * Math.PI);
  const lampAway = between(stream, 0.05, 0.2);
  const lamp = along(
    along(position, side, lampAway * Math.cos(lampAngle)),
    down,
    lampAway * Math.sin(lampAngle),
  );
  return { position, right: side, down, forward, zoom: between(stream, 0.9, 1.35), lamp };
}

/** The direction in which a pixel looks, into `ray` (length 1). Positions run over [0, size). */
export function aimRay(
  camera: Camera,
  { height, width }: Size,
  x: number,
  y: number,
  ray: Float64Array,
): void {
  const { right, down, forward, zoom } = camera;
  const half = Math.max(height, width) / 2;
  const u = (x - width / 2) / half;
  const v = (y - height / 2) / half;
  // The lens bends the outer rays apart, as wide-angle lenses do.
  const spread = zoom * (1 + 0.15 * (u * u + v * v));
  let square = 0;
  for (let i = 0; i < 3; i++) {
    ray[i] = forward[i] + spread * (u * right[i] + v * down[i]);
    square += ray[i] * ray[i];
  }
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < 3; i++) ray[i] *= scale;
}
