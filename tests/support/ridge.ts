/**
 * Ridge regression of yes and no on standardised features, by the normal equations in float64.
 *
 * @param shrinkage added to the diagonal, as a share of the number of rows
 * @returns what is predicted for a row: more is more likely yes
 */
export function fitRidge(
  { rows, labels }: { readonly rows: readonly Float64Array[]; readonly labels: readonly boolean[] },
  shrinkage: number,
): (row: Float64Array) => number {
  const count = rows.length;
  const size = rows[0].length;
  const means = new Float64Array(size);
  const scales = new Float64Array(size);
  for (const row of rows) for (let j = 0; j < size; j++) means[j] += row[j] / count;
  for (const row of rows) for (let j = 0; j < size; j++) scales[j] += (row[j] - means[j]) ** 2 / count;
  for (let j = 0; j < size; j++) scales[j] = scales[j] > 0 ? 1 / Math.sqrt(scales[j]) : 0;

  const middle = labels.filter(Boolean).length / count;
  const products = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  const standard = new Float64Array(size);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < size; j++) standard[j] = (row[j] - means[j]) * scales[j];
    const y = Number(labels[i]) - middle;
    for (let j = 0; j < size; j++) {
      right[j] += standard[j] * y;
      const target = products[j];
      const factor = standard[j];
      for (let k = 0; k <= j; k++) target[k] += factor * standard[k];
    }
  }
  for (let j = 0; j < size; j++) products[j][j] += shrinkage * count;
  const weights = solveByCholesky(products, right);
  return (row) => weights.reduce((sum, w, j) => sum + w * (row[j] - means[j]) * scales[j], 0);
}

/** Solves A x = b for a symmetric positive definite A, given by its lower half, which is overwritten. */
function solveByCholesky(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const x = right.slice();
  for (let i = 0; i < size; i++) {
    const row = lower[i];
    for (let j = 0; j <= i; j++) {
      const other = lower[j];
      let sum = row[j];
      for (let k = 0; k < j; k++) sum -= row[k] * other[k];
      row[j] = i === j ? Math.sqrt(sum) : sum / other[j];
    }
    for (let k = 0; k < i; k++) x[i] -= row[k] * x[k];
    x[i] /= row[i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}

/** Area under the ROC curve: how often a yes scores above a no, ties counting half (Mann and Whitney 1947). */
export function areaUnderCurve(scores: readonly number[], labels: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const yes = labels.filter(Boolean).length;
  let ranks = 0;
  for (let first = 0; first < order.length; ) {
    let next = first;
    while (next < order.length && scores[order[next]] === scores[order[first]]) next++;
    for (let i = first; i < next; i++) if (labels[order[i]]) ranks += (first + next + 1) / 2;
    first = next;
  }
  return (ranks - (yes * (yes + 1)) / 2) / (yes * (labels.length - yes));
}
