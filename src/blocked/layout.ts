import type { Shape } from '../core/shape.ts';

/** The shape of [O, I, KH, KW] in the kernel's layout. */
export function kernelShape([o, i, kh, kw]: Shape, c: number): Shape {
  return [o / c, i / c, kh, kw, c, c];
}

/** Content of [O, I, KH, KW] brought into the kernel's layout. */
export function inKernelLayout(data: Float32Array, [o, i, kh, kw]: Shape, c: number): Float32Array {
  return moved(data, [o, i, kh, kw], c, (to, from, result) => {
    result[to] = data[from];
  });
}

/** Content in the kernel's layout brought back to [O, I, KH, KW]. */
export function fromKernelLayout(data: Float32Array, shape: Shape, c: number): Float32Array {
  return moved(data, shape, c, (to, from, result) => {
    result[from] = data[to];
  });
}

function moved(
  data: Float32Array,
  [o, i, kh, kw]: Shape,
  c: number,
  move: (blocked: number, plain: number, result: Float32Array) => void,
): Float32Array {
  const result = new Float32Array(data.length);
  const taps = kh * kw;
  let blocked = 0;
  for (let ob = 0; ob < o; ob += c)
    for (let ib = 0; ib < i; ib += c)
      for (let tap = 0; tap < taps; tap++)
        for (let ii = ib; ii < ib + c; ii++)
          for (let oo = ob; oo < ob + c; oo++) move(blocked++, (oo * i + ii) * taps + tap, result);
  return result;
}
