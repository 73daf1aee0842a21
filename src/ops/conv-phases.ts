/** The taps that make every second output of a transposed convolution of stride 2, along one axis. */
export interface Phase {
  /** In the order of the pixels they read. */
  readonly taps: readonly number[];
  /** How many pixels before the first and after the last they reach. */
  readonly before: number;
  readonly after: number;
}

/**
 * y[2 m + a - p] += x[m] w[a]: an even or an odd output takes the taps a of its own parity, tap a from pixel
 * m = r + (parity + p - a) / 2 for output 2 r + parity.
 *
 * @param size taps of the kernel
 * @returns undefined where a phase has no tap or does not read the pixel it lies over
 */
export function phaseOf(parity: number, padding: number, size: number): Phase | undefined {
  const taps = Array.from({ length: size }, (_, i) => size - 1 - i).filter(
    (tap) => (parity + padding - tap) % 2 === 0,
  );
  if (taps.length === 0) return undefined;
  const offset = (tap: number) => (parity + padding - tap) / 2;
  const [before, after] = [-offset(taps[0]), offset(taps[taps.length - 1])];
  return before < 0 || after < 0 ? undefined : { taps, before, after };
}

/** The phases [even, odd] of rows and of columns of a transposed convolution, if it doubles [H, W] and has them all. */
export function phasesOf(
  x: readonly number[],
  kernel: readonly number[],
  {
    strides,
    pads,
    dilations,
    extent,
  }: Readonly<Record<'strides' | 'pads' | 'dilations' | 'extent', readonly number[]>>,
): Phase[][] | undefined {
  if (strides.some((stride) => stride !== 2) || dilations.some((step) => step !== 1)) return undefined;
  if (extent.some((size, axis) => size !== 2 * x[axis])) return undefined;
  const axes = [0, 1].map((axis) =>
    [0, 1].flatMap((parity) => phaseOf(parity, pads[axis], kernel[axis]) ?? []),
  );
  return axes.every((phases) => phases.length === 2) ? axes : undefined;
}
