/** Rises smoothly from 0 at `low` to 1 at `high`. */
export function step(low: number, high: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
