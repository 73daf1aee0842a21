/**
 * The probability of at least `count` successes in `trials`, each of probability p (exact; sums of the smaller tail's terms).
 *
 * @param p above 0, below 1
 */
export function binomialTail(count: number, trials: number, p: number): number {
  if (count <= 0) return 1;
  let sum = 0;
  for (let k = count; k <= trials; k++) sum += Math.exp(logTerm(k, trials, p));
  return Math.min(1, sum);
}

function logTerm(k: number, n: number, p: number): number {
  return logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log(n - i + 1) - Math.log(i);
  return sum;
}
