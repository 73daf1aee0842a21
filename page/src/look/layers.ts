import type { Palette } from '../../../src/annotations/png.ts';
import { ERROR_COLOURS, type ErrorCounts, errorsOf } from '../../../src/paint/comparison.ts';
import { overlayOf } from '../../../src/paint/overlay.ts';
import type { Painting } from '../../../src/paint/painting.ts';
import { bands, LOOK } from '../label/surface.ts';
import type { Layer } from './modes.ts';

/** What can lie above an image; each is made when it is seen first. */
export class Layers {
  readonly #made = new Map<Layer, OffscreenCanvas>();
  #errors: ReturnType<typeof errorsOf> | undefined;

  constructor(
    readonly mask: Painting | undefined,
    readonly prediction: Painting | undefined,
    readonly colours: Palette,
  ) {}

  /** Undefined where there is nothing to compare. */
  get counts(): ErrorCounts | undefined {
    return this.#compared()?.counts;
  }

  /** Of the image's size; undefined for what there is not. */
  picture(layer: Layer): OffscreenCanvas | undefined {
    const known = this.#made.get(layer);
    if (known) return known;
    const painting = layer === 'errors' ? this.#compared()?.painting : this[layer];
    if (!painting) return undefined;
    const made = pictureOf(painting, layer === 'errors' ? ERROR_COLOURS : this.colours);
    this.#made.set(layer, made);
    return made;
  }

  #compared() {
    if (this.mask && this.prediction) this.#errors ??= errorsOf(this.mask, this.prediction);
    return this.#errors;
  }
}

function pictureOf(painting: Painting, colours: Palette): OffscreenCanvas {
  const canvas = new OffscreenCanvas(painting.width, painting.height);
  const context = canvas.getContext('2d')!;
  for (const band of bands(painting)) {
    const picture = overlayOf(painting, band, { colours, ...LOOK });
    if (picture)
      context.putImageData(
        new ImageData(picture.pixels, picture.width, picture.height),
        picture.left,
        picture.top,
      );
  }
  return canvas;
}
