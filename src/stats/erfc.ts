/** Terms of the continued fraction: from 2 on they leave nothing to round. */
const TERMS = 100;

/**
 * The complementary error function, to a relative error below 1e-12: below 2 by the series of erf whose terms are all
 * positive, beyond by its continued fraction (Abramowitz and Stegun 7.1.6 and 7.1.14).
 *
 * @param x from 0 on
 */
export function erfc(x: number): number {
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; term > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = TERMS; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
