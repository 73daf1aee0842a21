import type { Size } from '../../core/size.ts';

/** Complex numbers in rows. */
interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * |F|^2 of the two-dimensional discrete Fourier transform, not normalised: its sum is height * width times the sum of
 * squares of the plane. Quick for sides with few odd factors.
 *
 * @param plane [H, W]
 * @returns [W, H]: across first, the frequencies as the transform orders them (0 first, then up, the negative ones last)
 */
export function powerSpectrum(plane: ArrayLike<number>, { height, width }: Size): Float64Array {
  const values = { re: Float64Array.from(plane), im: new Float64Array(plane.length) };
  const down = transformColumns(values, height, width);
  const { re, im } = transformColumns(transposed(down, height, width), width, height);
  return re.map((x, i) => x * x + im[i] * im[i]);
}

/** The transform down the columns of [n, m], by halves as long as n is even (Cooley and Tukey 1965), then by its definition. */
function transformColumns(values: Complex, n: number, m: number): Complex {
  return n % 2 === 0 ? byHalves(values, n, m) : byDefinition(values, n, m);
}

function byHalves({ re, im }: Complex, n: number, m: number): Complex {
  const half = n / 2;
  const everySecond = (first: number): Complex => {
    const part = zeros(half * m);
    for (let k = 0; k < half; k++) {
      const start = (2 * k + first) * m;
      part.re.set(re.subarray(start, start + m), k * m);
      part.im.set(im.subarray(start, start + m), k * m);
    }
    return transformColumns(part, half, m);
  };
  const [even, odd] = [everySecond(0), everySecond(1)];
  const result = zeros(n * m);
  for (let k = 0; k < half; k++) {
    const cos = Math.cos((2 * Math.PI * k) / n);
    const sin = -Math.sin((2 * Math.PI * k) / n);
    for (let i = k * m; i < (k + 1) * m; i++) {
      const x = odd.re[i] * cos - odd.im[i] * sin;
      const y = odd.re[i] * sin + odd.im[i] * cos;
      result.re[i] = even.re[i] + x;
      result.im[i] = even.im[i] + y;
      result.re[i + half * m] = even.re[i] - x;
      result.im[i + half * m] = even.im[i] - y;
    }
  }
  return result;
}

function byDefinition({ re, im }: Complex, n: number, m: number): Complex {
  const result = zeros(n * m);
  for (let k = 0; k < n; k++) {
    for (let row = 0; row < n; row++) {
      const turn = (2 * Math.PI * ((k * row) % n)) / n;
      const cos = Math.cos(turn);
      const sin = -Math.sin(turn);
      for (let i = 0; i < m; i++) {
        const [x, y] = [re[row * m + i], im[row * m + i]];
        result.re[k * m + i] += x * cos - y * sin;
        result.im[k * m + i] += x * sin + y * cos;
      }
    }
  }
  return result;
}

function transposed({ re, im }: Complex, height: number, width: number): Complex {
  const result = zeros(re.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      result.re[x * height + y] = re[y * width + x];
      result.im[x * height + y] = im[y * width + x];
    }
  }
  return result;
}

const zeros = (length: number): Complex => ({ re: new Float64Array(length), im: new Float64Array(length) });
