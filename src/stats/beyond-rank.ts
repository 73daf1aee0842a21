/**
 * The probability that at least `count` of `drawn` new numbers are above the `rank`-th smallest of `known` ones that are drawn alike: a
 * beta-binomial tail (the exceedances of Gumbel and von Schelling 1950), whatever their distribution is.
 *
 * @param count,drawn whole numbers from 0
 * @param options.rank from 1 to `known`
 */
export function tailBeyondRank(
  count: number,
  drawn: number,
  { rank, known }: { readonly rank: number; readonly known: number },
): number {
  const above = known - rank + 1;
  // The logarithm of the probability that none is above, then of one more each time.
  let term = 0;
  for (let i = 1; i <= drawn; i++) term += Math.log(rank + i - 1) - Math.log(known + i);
  let fewer = 0;
  for (let k = 0; k < count; k++) {
    fewer += Math.exp(term);
    if (k < drawn)
      term += Math.log(above + k) + Math.log(drawn - k) - Math.log(k + 1) - Math.log(rank + drawn - k - 1);
  }
  return Math.max(0, 1 - fewer);
}
