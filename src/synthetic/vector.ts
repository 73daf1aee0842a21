/** A point or direction in the scene's space, whose unit is the radius of the bowel. */
export type Vector = readonly [number, number, number];

export const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** a + s b */
export const along = (a: Vector, b: Vector, s: number): Vector => [
  a[0] + s * b[0],
  a[1] + s * b[1],
  a[2] + s * b[2],
];

export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Of length 1. */
export const unit = (a: Vector): Vector => along([0, 0, 0], a, 1 / Math.hypot(...a));
