/** Where a step stands in its training. */
export interface Progress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly warmupSteps: number;
}

/** Learning rate as a multiple of the peak, after the warm-up: `done` runs from 0 (first of so many steps) to 1 (last). */
type Shape = (done: number, steps: number) => number;

const shapes = {
  constant: () => 1,
  cosine: (done) => (1 + Math.cos(Math.PI * done)) / 2,
  /** (1 - i / steps)^0.9 in step i from 0, as DeepLab (Chen et al. 2017) and UniMatch (Yang et al. 2023): it stays above 0. */
  poly: (done, steps) => (1 - (done * (steps - 1)) / steps) ** 0.9,
  /**
   * Smith and Topin 2018, with the course of PyTorch's OneCycleLR: up from 1/25 over the first 30 % of the way, then
   * down to 1/250,000, both by cosine. It warms up by itself; a warm-up comes before it.
   */
  'one-cycle': (done, steps) => {
    const between = (from: number, to: number, part: number) =>
      to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
    // As PyTorch counts: the way up ends in step 0.3 * steps - 1, from 0.
    const top = (0.3 * steps - 1) / Math.max(1, steps - 1);
    return done <= top ? between(1 / 25, 1, done / top) : between(1, 1 / 250_000, (done - top) / (1 - top));
  },
} satisfies Record<string, Shape>;

export type ScheduleName = keyof typeof shapes;
export const SCHEDULE_NAMES = Object.keys(shapes) as [ScheduleName, ...ScheduleName[]];

/** The learning rate of a step: a linear warm-up from 0, then the schedule over the steps that are left. */
export function learningRate(
  schedule: ScheduleName,
  peak: number,
  { step, steps, warmupSteps }: Progress,
): number {
  if (step <= warmupSteps) return (peak * step) / (warmupSteps + 1);
  const left = steps - warmupSteps;
  const shape: Shape = shapes[schedule];
  return peak * shape(left > 1 ? (step - warmupSteps - 1) / (left - 1) : 0, left);
}
