/**
 * A quantile, linearly interpolated (type 7 of Hyndman and Fan, numpy's default).
 * @param sorted ascending, at least one value
 * @param part 0 for the smallest to 1 for the largest
 */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
