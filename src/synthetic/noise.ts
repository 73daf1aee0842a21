import type { RandomStream } from '../core/random.ts';

const PERIOD = 256;

/** Gradient noise in three dimensions (K. Perlin, Improving Noise, 2002), with random unit gradients. */
export class GradientNoise {
  /** The gradient of what `withSlope` returned last. */
  readonly slope = new Float64Array(3);
  // A permutation, and the gradients of the corners in its order; both twice, so that sums of two need no wrapping.
  readonly #order = new Uint8Array(2 * PERIOD + 1);
  readonly #gx = new Float64Array(2 * PERIOD + 1);
  readonly #gy = new Float64Array(2 * PERIOD + 1);
  readonly #gz = new Float64Array(2 * PERIOD + 1);

  constructor(stream: RandomStream) {
    const order = stream.shuffled(Array.from({ length: PERIOD }, (_, i) => i));
    for (let i = 0; i < PERIOD; i++) {
      const z = 2 * stream.uniform() - 1;
      const angle = 2 * Math.PI * stream.uniform();
      const r = Math.sqrt(1 - z * z);
      for (let k = i; k <= 2 * PERIOD; k += PERIOD) {
        this.#order[k] = order[i];
        this.#gx[k] = r * Math.cos(angle);
        this.#gy[k] = r * Math.sin(angle);
        this.#gz[k] = z;
      }
    }
  }

  /** Between about -0.9 and 0.9, 0 on the average; it changes sign over lengths of about 1. */
  at(x: number, y: number, z: number): number {
    const order = this.#order;
    const gx = this.#gx;
    const gy = this.#gy;
    const gz = this.#gz;
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const z0 = Math.floor(z);
    const fx = x - x0;
    const fy = y - y0;
    const fz = z - z0;
    const i = x0 & 255;
    const j = y0 & 255;
    const k = z0 & 255;
    const a = order[i] + j;
    const b = order[i + 1] + j;
    const aa = order[a] + k;
    const ab = order[a + 1] + k;
    const ba = order[b] + k;
    const bb = order[b + 1] + k;
    const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const w = fz * fz * fz * (fz * (fz * 6 - 15) + 10);
    const hx = fx - 1;
    const hy = fy - 1;
    const hz = fz - 1;
    const n000 = gx[aa] * fx + gy[aa] * fy + gz[aa] * fz;
    const n001 = gx[aa + 1] * fx + gy[aa + 1] * fy + gz[aa + 1] * hz;
    const n010 = gx[ab] * fx + gy[ab] * hy + gz[ab] * fz;
    const n011 = gx[ab + 1] * fx + gy[ab + 1] * hy + gz[ab + 1] * hz;
    const n100 = gx[ba] * hx + gy[ba] * fy + gz[ba] * fz;
    const n101 = gx[ba + 1] * hx + gy[ba + 1] * fy + gz[ba + 1] * hz;
    const n110 = gx[bb] * hx + gy[bb] * hy + gz[bb] * fz;
    const n111 = gx[bb + 1] * hx + gy[bb + 1] * hy + gz[bb + 1] * hz;
    const n00 = n000 + w * (n001 - n000);
    const n01 = n010 + w * (n011 - n010);
    const n10 = n100 + w * (n101 - n100);
    const n11 = n110 + w * (n111 - n110);
    const n0 = n00 + v * (n01 - n00);
    return n0 + u * (n10 + v * (n11 - n10) - n0);
  }

  /** `at`, leaving the gradient in `slope`. */
  withSlope(x: number, y: number, z: number): number {
    const order = this.#order;
    const gx = this.#gx;
    const gy = this.#gy;
    const gz = this.#gz;
    const slope = this.slope;
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const z0 = Math.floor(z);
    const fx = x - x0;
    const fy = y - y0;
    const fz = z - z0;
    const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const w = fz * fz * fz * (fz * (fz * 6 - 15) + 10);
    const du = 30 * fx * fx * (fx * (fx - 2) + 1);
    const dv = 30 * fy * fy * (fy * (fy - 2) + 1);
    const dw = 30 * fz * fz * (fz * (fz - 2) + 1);
    let value = 0;
    let sx = 0;
    let sy = 0;
    let sz = 0;
    for (let corner = 0; corner < 8; corner++) {
      const i = corner & 1;
      const j = (corner >> 1) & 1;
      const k = corner >> 2;
      const at = order[order[(x0 & 255) + i] + (y0 & 255) + j] + (z0 & 255) + k;
      const n = gx[at] * (fx - i) + gy[at] * (fy - j) + gz[at] * (fz - k);
      const a = i ? u : 1 - u;
      const b = j ? v : 1 - v;
      const c = k ? w : 1 - w;
      const weight = a * b * c;
      value += weight * n;
      sx += weight * gx[at] + (i ? du : -du) * b * c * n;
      sy += weight * gy[at] + a * (j ? dv : -dv) * c * n;
      sz += weight * gz[at] + a * b * (k ? dw : -dw) * n;
    }
    slope[0] = sx;
    slope[1] = sy;
    slope[2] = sz;
    return value;
  }
}
