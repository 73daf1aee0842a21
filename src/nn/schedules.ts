/** Where a step stands in its training. */
export interface Progress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly warmupSteps: number;
}

/** Learning rate as a multiple of the peak, after the warm-up: `done` runs from 0 (first step) to 1 (last). */
const shapes = {
  constant: () => 1,
  cosine: (done: number) => (1 + Math.cos(Math.PI * done)) / 2,
  /**
   * Smith and Topin 2018, with the course of PyTorch's OneCycleLR: up from 1/25 over the first 30 % of the way, then
   * down to 1/250,000, both by cosine. It warms up by itself; a warm-up comes before it.
   */
  'one-cycle': (done: number) => {
    const between = (from: number, to: number, part: number) =>
      to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
    return done < 0.3 ? between(1 / 25, 1, done / 0.3) : between(1, 1 / 250_000, (done - 0.3) / 0.7);
  },
};

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
  return peak * shapes[schedule](left > 1 ? (step - warmupSteps - 1) / (left - 1) : 0);
}
