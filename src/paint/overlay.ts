import type { Box } from '../annotations/annotated-set.ts';
import { within } from '../annotations/bitmap.ts';
import type { Palette } from '../annotations/png.ts';
import { grown } from './box.ts';
import { BACKGROUND, type Painting } from './painting.ts';

/** How labels are shown above an image. */
export interface Look {
  /** The colour of each label, 256 of them, as `paletteOf` gives them. Background has none. */
  readonly colours: Palette;
  /** Of areas, 0 .. 1. */
  readonly opacity: number;
  /** Of the outermost pixels of areas (those beside a pixel of another label), 0 .. 1. Absent: as the rest. */
  readonly outline?: number;
  /** Labels that are not shown. */
  readonly hidden?: ReadonlySet<number>;
}

/** Pixels of a box, row by row, in RGBA of 8 bits, alpha not multiplied in: what `ImageData` takes. */
export interface Picture extends Box {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * What is to be laid over a part of an image. Later planes lie above earlier ones.
 *
 * @param box what has changed; whatever of it lies outside is left out
 * @returns the pixels of the box; with outlines, also of those around it, as a changed label changes its neighbours' outlines;
 *   undefined if none lies in the image
 * @throws RangeError if there are not 256 colours, or an opacity is not in 0 .. 1
 */
export function overlayOf(painting: Painting, box: Box, look: Look): Picture | undefined {
  const outlined = look.outline !== undefined && look.outline !== look.opacity;
  const shown = within(grown(box, outlined ? 1 : 0), painting);
  if (shown.width <= 0 || shown.height <= 0) return undefined;
  const pixels = new Uint8ClampedArray(4 * shown.width * shown.height);
  const words = new Uint32Array(pixels.buffer);
  const areas = tableOf(look, look.opacity);
  const edges = outlined ? tableOf(look, look.outline) : areas;
  for (const plane of painting.planes) {
    for (let y = shown.top, i = 0; y < shown.top + shown.height; y++) {
      const start = y * painting.width;
      for (let x = shown.left; x < shown.left + shown.width; x++, i++) {
        const label = plane[start + x];
        if (label === BACKGROUND) continue;
        const { word, bytes } = outlined && isEdge(plane, painting, x, y) ? edges : areas;
        if (words[i] === 0) words[i] = word[label];
        else layOver(pixels, 4 * i, bytes, 4 * label);
      }
    }
  }
  return { ...shown, pixels };
}

/** The RGBA of each label, as bytes and as words of this machine's order; 0 of what is not seen. */
function tableOf({ colours, hidden }: Look, opacity: number) {
  if (colours.length !== 256) throw new RangeError(`${colours.length} colours, not 256`);
  if (!(opacity >= 0 && opacity <= 1)) throw new RangeError(`no opacity: ${opacity}`);
  const alpha = Math.round(255 * opacity);
  const bytes = new Uint8Array(4 * 256);
  colours.forEach((colour, label) => {
    if (label !== BACKGROUND && alpha > 0 && !hidden?.has(label)) bytes.set([...colour, alpha], 4 * label);
  });
  return { bytes, word: new Uint32Array(bytes.buffer) };
}

function isEdge(plane: Uint8Array, { width, height }: Painting, x: number, y: number): boolean {
  const i = y * width + x;
  const label = plane[i];
  return (
    (x > 0 && plane[i - 1] !== label) ||
    (x + 1 < width && plane[i + 1] !== label) ||
    (y > 0 && plane[i - width] !== label) ||
    (y + 1 < height && plane[i + width] !== label)
  );
}

/** Lays a colour above another ("over" of Porter and Duff 1984). */
function layOver(pixels: Uint8ClampedArray, at: number, colours: Uint8Array, colour: number): void {
  const above = colours[colour + 3] / 255;
  const below = (pixels[at + 3] / 255) * (1 - above);
  if (above === 0) return;
  for (let k = 0; k < 3; k++)
    pixels[at + k] = (colours[colour + k] * above + pixels[at + k] * below) / (above + below);
  pixels[at + 3] = 255 * (above + below);
}
