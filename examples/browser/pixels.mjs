// What the page does with pixels; runs in a browser and in Node.

/**
 * The picture to lay over the photo: orange where the network finds something, clear elsewhere.
 *
 * @param probabilities float32 [height, width]
 * @returns height x width x 4 values of 0..255
 */
export function overlayOf(probabilities, threshold) {
  const overlay = new Uint8ClampedArray(4 * probabilities.length);
  probabilities.forEach((probability, i) => {
    if (probability >= threshold) overlay.set([230, 120, 0, 140], 4 * i);
  });
  return overlay;
}
