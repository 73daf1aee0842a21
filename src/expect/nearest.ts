/**
 * How far an image is from the nearest of some, by the features of an encoder, see `angleBetween`.
 *
 * @param features [channels]; those of the others as long
 * @returns Infinity if there are no others
 */
export function nearest(features: Float32Array, others: Iterable<Float32Array>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const other of others) least = Math.min(least, angleBetween(features, other));
  return least;
}

/** How far features are from others of as many channels: 1 - cosine of the angle between them, 0 (alike) to 2. */
export function angleBetween(features: Float32Array, other: Float32Array): number {
  let [product, own, its] = [0, 0, 0];
  for (let i = 0; i < features.length; i++) {
    product += features[i] * other[i];
    own += features[i] ** 2;
    its += other[i] ** 2;
  }
  const lengths = Math.sqrt(own) * Math.sqrt(its);
  return lengths > 0 ? Math.max(0, 1 - product / lengths) : 1;
}
