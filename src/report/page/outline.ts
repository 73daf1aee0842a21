type Colour = readonly [red: number, green: number, blue: number];

/** They differ in lightness as well as in hue, for every kind of colour vision. */
const truthColour: Colour = [60, 240, 150];
const predictionColour: Colour = [255, 130, 0];

/**
 * A copy of the picture with the outlines of two masks: green for the truth, just inside its border, and orange for
 * the prediction, just outside its border, so that both stay visible where they agree. Lines are one pixel wide, or
 * 1/180 of the shorter side if that is more, so that they last when the picture is shown small.
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
  const thickness = Math.max(1, Math.round(Math.min(width, height) / 180));
  const result = Uint8Array.from(rgb);
  paint(result, border(truth, width, height, 1, thickness), truthColour);
  paint(result, border(prediction, width, height, 0, thickness), predictionColour);
  return result;
}

/** The pixels on one side (1 inside, 0 outside) of a mask's border that are at most `thickness` pixels from it. */
function border(mask: Uint8Array, width: number, height: number, side: 0 | 1, thickness: number): Uint8Array {
  const other = mask.map((value) => (value === side ? 0 : 1));
  const inRow = spread(other, width, height, thickness, 0);
  const near = spread(inRow, width, height, 0, thickness);
  return near.map((value, pixel) => (value === 1 && mask[pixel] === side ? 1 : 0));
}

/** Every set pixel grown by `dx` to the left and right and by `dy` upwards and downwards. */
function spread(mask: Uint8Array, width: number, height: number, dx: number, dy: number): Uint8Array {
  const grown = new Uint8Array(mask.length);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (!mask[pixel]) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (let v = Math.max(0, y - dy); v <= Math.min(height - 1, y + dy); v++)
      grown.fill(1, v * width + Math.max(0, x - dx), v * width + Math.min(width - 1, x + dx) + 1);
  }
  return grown;
}

function paint(rgb: Uint8Array, line: Uint8Array, colour: Colour): void {
  for (let pixel = 0; pixel < line.length; pixel++) if (line[pixel]) rgb.set(colour, pixel * 3);
}
