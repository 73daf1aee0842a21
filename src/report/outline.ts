type Colour = readonly [red: number, green: number, blue: number];

/** Told apart by lightness as well as by hue, so that they differ for every kind of colour vision. */
const truthColour: Colour = [60, 240, 150];
const predictionColour: Colour = [240, 110, 0];

/**
 * A copy of the picture with the outlines of two masks: green for the truth, just inside its border, and orange for
 * the prediction, just outside its border, so that both stay visible where they agree. Lines are one pixel wide,
 * two from 320 pixels of picture on.
 * @param rgb height x width x 3 bytes
 * @param truth height x width, 0 or 1
 * @param prediction height x width, 0 or 1
 */
export function drawOutlines(
  rgb: Uint8Array,
  width: number,
  height: number,
  truth: Uint8Array,
  prediction: Uint8Array,
): Uint8Array {
  for (const [name, length, expected] of [
    ['picture', rgb.length, width * height * 3],
    ['truth', truth.length, width * height],
    ['prediction', prediction.length, width * height],
  ] as const) {
    if (length !== expected)
      throw new RangeError(`outlines: ${name} has ${length} bytes, expected ${expected}`);
  }
  const reach = Math.min(width, height) >= 320 ? 2 : 1;
  const result = Uint8Array.from(rgb);
  paint(result, border(truth, width, height, 1, reach), truthColour);
  paint(result, border(prediction, width, height, 0, reach), predictionColour);
  return result;
}

/** The pixels on one side (1 inside, 0 outside) of a mask's border, up to `reach` pixels from it. */
function border(mask: Uint8Array, width: number, height: number, side: 0 | 1, reach: number): Uint8Array {
  const line = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] !== side) continue;
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
          if (mask[v * width + u] !== side) line[y * width + x] = 1;
        }
      }
    }
  }
  return line;
}

function paint(rgb: Uint8Array, line: Uint8Array, colour: Colour): void {
  for (let pixel = 0; pixel < line.length; pixel++) if (line[pixel]) rgb.set(colour, pixel * 3);
}
