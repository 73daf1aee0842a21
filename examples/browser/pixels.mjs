// What the page does with pixels; runs in a browser and in Node.

/**
 * The network's input, from the pixels of a canvas.
 *
 * @param rgba width x height x 4 values of 0..255, as `getImageData` gives them, at the network's size
 * @returns float32 [3, height, width] in [-1, 1]
 */
export function inputOf(rgba) {
  const area = rgba.length / 4;
  return Float32Array.from({ length: 3 * area }, (_, i) => {
    return rgba[4 * (i % area) + Math.floor(i / area)] / 127.5 - 1;
  });
}

/**
 * The picture to lay over the photo: orange where the network finds the lesion, clear elsewhere.
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
