/**
 * How far an image is from the nearest of some, by the features of an encoder: 1 - cosine of the angle between them, 0 (alike) to 2.
 *
 * @param features [channels]; those of the others as long
 * @returns Infinity if there are no others
 */
export function nearest(features: Float32Array, others: Iterable<Float32Array>): number {
  const own = lengthOf(features);
  let least = Number.POSITIVE_INFINITY;
  for (const other of others) {
    let product = 0;
    for (let i = 0; i < features.length; i++) product += features[i] * other[i];
    const lengths = own * lengthOf(other);
    least = Math.min(least, lengths > 0 ? Math.max(0, 1 - product / lengths) : 1);
  }
  return least;
}

function lengthOf(features: Float32Array): number {
  let sum = 0;
  for (const value of features) sum += value * value;
  return Math.sqrt(sum);
}
