import { at, build, type NdArray } from './reference.ts';

/** How a convolution walks: pads are top, left, bottom, right. */
export interface Walk {
  readonly strides?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly groups?: number;
}

const complete = ({ strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], groups = 1 }: Walk) => ({
  strides,
  pads,
  dilations,
  groups,
});

/** Number of positions at which the kernel fits, by trying. */
function positions(size: number, kernel: number, axis: 0 | 1, walk: Walk): number {
  const { strides, pads, dilations } = complete(walk);
  let count = 0;
  while (count * strides[axis] + dilations[axis] * (kernel - 1) < size + pads[axis] + pads[axis + 2]) count++;
  return count;
}

/** Calls back for every product that a convolution takes: indices of x, w and y. */
function forEachProduct(
  [n, channels, h, w]: readonly number[],
  [o, perGroup, kh, kw]: readonly number[],
  walk: Walk,
  body: (x: number, w: number, y: number) => void,
): void {
  const { strides, pads, dilations, groups } = complete(walk);
  const [rows, columns] = [positions(h, kh, 0, walk), positions(w, kw, 1, walk)];
  for (let b = 0; b < n; b++)
    for (let out = 0; out < o; out++)
      for (let k = 0; k < perGroup; k++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const channel = Math.floor(out / (o / groups)) * perGroup + k;
            for (let r = 0; r < rows; r++) {
              const row = r * strides[0] + i * dilations[0] - pads[0];
              if (row < 0 || row >= h) continue;
              for (let c = 0; c < columns; c++) {
                const column = c * strides[1] + j * dilations[1] - pads[1];
                if (column < 0 || column >= w) continue;
                body(
                  ((b * channels + channel) * h + row) * w + column,
                  ((out * perGroup + k) * kh + i) * kw + j,
                  ((b * o + out) * rows + r) * columns + c,
                );
              }
            }
          }
}

/** x [N, I, H, W] with w [O, I/groups, KH, KW] and bias [O]. */
export function convolved(x: NdArray, w: NdArray, walk: Walk, bias?: NdArray): NdArray {
  const [kh, kw] = w.shape.slice(2);
  const shape = [
    x.shape[0],
    w.shape[0],
    positions(x.shape[2], kh, 0, walk),
    positions(x.shape[3], kw, 1, walk),
  ];
  const y = build(shape, ([, o]) => bias?.data[o] ?? 0);
  forEachProduct(x.shape, w.shape, walk, (xi, wi, yi) => {
    y.data[yi] += x.data[xi] * w.data[wi];
  });
  return y;
}

/** y [N, O, H', W'] spread through w [O, I/groups, KH, KW] to [N, I, ..extent]: y[s i - p + k] += x[i] w[k]. */
export function spread(y: NdArray, w: NdArray, extent: readonly [number, number], walk: Walk): NdArray {
  const x = build([y.shape[0], w.shape[1] * (walk.groups ?? 1), ...extent], () => 0);
  forEachProduct(x.shape, w.shape, walk, (xi, wi, yi) => {
    x.data[xi] += y.data[yi] * w.data[wi];
  });
  return x;
}

/** x [N, I, H, W] and dy [N, O, H', W'] to [O, I/groups, ..kernel]. */
export function correlated(x: NdArray, dy: NdArray, kernel: readonly [number, number], walk: Walk): NdArray {
  const w = build([dy.shape[1], x.shape[1] / (walk.groups ?? 1), ...kernel], () => 0);
  forEachProduct(x.shape, w.shape, walk, (xi, wi, yi) => {
    w.data[wi] += x.data[xi] * dy.data[yi];
  });
  return w;
}

/** Each pixel of [N, C, H, W] repeated factor x factor times. */
export function enlarged(x: NdArray, factor: number): NdArray {
  const [n, c, h, w] = x.shape;
  return build([n, c, h * factor, w * factor], ([b, k, i, j]) =>
    at(x, [b, k, Math.floor(i / factor), Math.floor(j / factor)]),
  );
}

/** Sums over factor x factor cells. */
export function pooled(x: NdArray, factor: number, scale = 1): NdArray {
  const [n, c, h, w] = x.shape;
  return build([n, c, h / factor, w / factor], ([b, k, i, j]) => {
    let sum = 0;
    for (let di = 0; di < factor; di++)
      for (let dj = 0; dj < factor; dj++) sum += at(x, [b, k, i * factor + di, j * factor + dj]);
    return sum * scale;
  });
}

/** The largest value of each window of [N, C, H, W] that lies on the image. */
export function maxPooled(x: NdArray, kernel: number, stride: number, padding: number): NdArray {
  const [n, c, h, w] = x.shape;
  const extent = [h, w].map((size) => Math.floor((size + 2 * padding - kernel) / stride) + 1);
  return build([n, c, ...extent], ([b, k, i, j]) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let y = i * stride - padding; y < i * stride - padding + kernel; y++)
      for (let z = j * stride - padding; z < j * stride - padding + kernel; z++)
        if (y >= 0 && y < h && z >= 0 && z < w) largest = Math.max(largest, at(x, [b, k, y, z]));
    return largest;
  });
}

/** Batch norm by the batch's own statistics (biased variance): x [N, C, H, W], gamma [C], beta [C]. */
export function normalised(x: NdArray, gamma: NdArray, beta: NdArray, epsilon: number): NdArray {
  const [n, c, h, w] = x.shape;
  const result = build(x.shape, () => 0);
  for (let k = 0; k < c; k++) {
    const flat: number[] = [];
    for (let b = 0; b < n; b++) for (let p = 0; p < h * w; p++) flat.push((b * c + k) * h * w + p);
    const mean = flat.reduce((sum, i) => sum + x.data[i], 0) / flat.length;
    const variance = flat.reduce((sum, i) => sum + (x.data[i] - mean) ** 2, 0) / flat.length;
    for (const i of flat)
      result.data[i] = ((x.data[i] - mean) / Math.sqrt(variance + epsilon)) * gamma.data[k] + beta.data[k];
  }
  return result;
}
