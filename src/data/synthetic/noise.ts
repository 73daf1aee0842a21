import type { RandomStream } from '../../core/random.ts';

const PERIOD = 256;

/** Gradient noise in three dimensions (K. Perlin, Improving Noise, 2002), with random unit gradients. */
export class GradientNoise {
  /** The gradient of what `withSlope` returned last. */
  readonly slope = new Float64Array(3);
  readonly #order = new Uint8Array(2 * PERIOD + 1);
  readonly #gradients = new Float64Array(3 * PERIOD);

  constructor(stream: RandomStream) {
    const order = stream.shuffled(Array.from({ length: PERIOD }, (_, i) => i));
    this.#order.set(order);
    this.#order.set(order, PERIOD);
    this.#order[2 * PERIOD] = order[0];
    for (let i = 0; i < PERIOD; i++) {
      const z = 2 * stream.uniform() - 1;
      const angle = 2 * Math.PI * stream.uniform();
      const r = Math.sqrt(1 - z * z);
      this.#gradients.set([r * Math.cos(angle), r * Math.sin(angle), z], 3 * i);
    }
  }

  /** Between about -0.9 and 0.9, 0 on the average; it changes sign over lengths of about 1. */
  at(x: number, y: number, z: number): number {
    const order = this.#order;
    const g = this.#gradients;
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const z0 = Math.floor(z);
    const fx = x - x0;
    const fy = y - y0;
    const fz = z - z0;
    const i = x0 & 255;
    const j = y0 & 255;
    const k = z0 & 255;
    // `order` holds its numbers twice, so that a sum of two needs no wrapping.
    const a = order[i] + j;
    const b = order[i + 1] + j;
    const aa = order[a] + k;
    const ab = order[a + 1] + k;
    const ba = order[b] + k;
    const bb = order[b + 1] + k;
    const g000 = 3 * order[aa];
    const g001 = 3 * order[aa + 1];
    const g010 = 3 * order[ab];
    const g011 = 3 * order[ab + 1];
    const g100 = 3 * order[ba];
    const g101 = 3 * order[ba + 1];
    const g110 = 3 * order[bb];
    const g111 = 3 * order[bb + 1];
    const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const w = fz * fz * fz * (fz * (fz * 6 - 15) + 10);
    const n000 = g[g000] * fx + g[g000 + 1] * fy + g[g000 + 2] * fz;
    const n001 = g[g001] * fx + g[g001 + 1] * fy + g[g001 + 2] * (fz - 1);
    const n010 = g[g010] * fx + g[g010 + 1] * (fy - 1) + g[g010 + 2] * fz;
    const n011 = g[g011] * fx + g[g011 + 1] * (fy - 1) + g[g011 + 2] * (fz - 1);
    const n100 = g[g100] * (fx - 1) + g[g100 + 1] * fy + g[g100 + 2] * fz;
    const n101 = g[g101] * (fx - 1) + g[g101 + 1] * fy + g[g101 + 2] * (fz - 1);
    const n110 = g[g110] * (fx - 1) + g[g110 + 1] * (fy - 1) + g[g110 + 2] * fz;
    const n111 = g[g111] * (fx - 1) + g[g111 + 1] * (fy - 1) + g[g111 + 2] * (fz - 1);
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
    const g = this.#gradients;
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
      const at = 3 * order[(order[(order[(x0 + i) & 255] + y0 + j) & 255] + z0 + k) & 255];
      const n = g[at] * (fx - i) + g[at + 1] * (fy - j) + g[at + 2] * (fz - k);
      const a = i ? u : 1 - u;
      const b = j ? v : 1 - v;
      const c = k ? w : 1 - w;
      const weight = a * b * c;
      value += weight * n;
      sx += weight * g[at] + (i ? du : -du) * b * c * n;
      sy += weight * g[at + 1] + a * (j ? dv : -dv) * c * n;
      sz += weight * g[at + 2] + a * b * (k ? dw : -dw) * n;
    }
    slope[0] = sx;
    slope[1] = sy;
    slope[2] = sz;
    return value;
  }
}
