/**
 * Holm's step-down adjustment (1979): with the p values ascending, the k-th of m becomes the largest of (m - j + 1) p_j over
 * j <= k, and at most 1. To call significant what is below 5 % then errs anywhere in the family in at most 5 % of families.
 *
 * @returns the adjusted values, in the order given
 */
export function holm(ps: readonly number[]): number[] {
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  for (const [rank, { p, index }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * p));
    adjusted[index] = largest;
  }
  return adjusted;
}

/**
 * Comparisons of several arms as one family.
 *
 * @param primary the arm whose comparison was named before there were data: it stands outside the family, its p as it is
 */
export function withHolm<Compared extends { readonly arm: string; readonly p: number }>(
  comparisons: readonly Compared[],
  primary?: string,
): (Compared & { readonly p_holm: number })[] {
  const family = comparisons.filter(({ arm }) => arm !== primary);
  const adjusted = holm(family.map(({ p }) => p));
  return comparisons.map((comparison) => {
    const place = family.indexOf(comparison);
    return { ...comparison, p_holm: place < 0 ? comparison.p : adjusted[place] };
  });
}
