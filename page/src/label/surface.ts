import type { Box, Point } from '../../../src/annotations/annotated-set.ts';
import { type Palette, rgbOf, vocPalette } from '../../../src/annotations/png.ts';
import type { Size } from '../../../src/core/size.ts';
import { overlayOf } from '../../../src/paint/overlay.ts';
import { UNKNOWN } from '../../../src/paint/painting.ts';
import { toScreen, type Viewport } from '../../../src/paint/viewport.ts';
import { opacity, radius, tool } from './brush.ts';
import type { PaintSession } from './paint-session.ts';

/** Of the picture of the labels, which is shown more or less opaque as a whole. */
export const LOOK = { opacity: 0.55, outline: 1 } as const;

/** The first picture is made in parts of so many rows. */
const BAND = 256;

/** Parts of an image, from above. */
export function bands({ width, height }: Size): Box[] {
  return Array.from({ length: Math.ceil(height / BAND) }, (_, k) => ({
    ...{ left: 0, top: k * BAND, width },
    height: Math.min(BAND, height - k * BAND),
  }));
}

/** Shows an image with its labels above it. Labels are kept as a picture of the image's size; only what has changed is made anew. */
export class Surface {
  readonly #labels: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  #begun = false;

  constructor(
    readonly session: PaintSession,
    readonly colours: Palette,
  ) {
    const { width, height } = session.size;
    this.#labels = new OffscreenCanvas(width, height);
    this.#context = this.#labels.getContext('2d')!;
  }

  /**
   * @param view in pixels of the canvas
   * @param marks what is drawn above: the pointer's place and the corners of a polygon, in pixels of the image
   */
  show(
    canvas: HTMLCanvasElement,
    view: Viewport,
    marks: { readonly pointer?: Point; readonly corners: readonly Point[] },
  ): void {
    this.#renew();
    const context = canvas.getContext('2d')!;
    const { width, height } = this.session.size;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(view.scale, 0, 0, view.scale, view.left, view.top);
    context.imageSmoothingEnabled = view.scale < 1;
    context.drawImage(this.session.shade.image.value, 0, 0, width, height);
    context.globalAlpha = opacity.value;
    context.drawImage(this.#labels, 0, 0);
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.#mark(context, view, marks);
  }

  /** Makes the picture of the labels anew where they have changed. */
  #renew(): void {
    const { painting } = this.session.history;
    const changed = this.#begun ? this.session.unseen() : bands(painting);
    this.#begun = true;
    for (const box of changed) {
      const picture = overlayOf(painting, box, { colours: this.colours, ...LOOK });
      if (!picture) continue;
      const data = new ImageData(picture.pixels, picture.width, picture.height);
      this.#context.putImageData(data, picture.left, picture.top);
    }
  }

  #mark(
    context: CanvasRenderingContext2D,
    view: Viewport,
    { pointer, corners }: { readonly pointer?: Point; readonly corners: readonly Point[] },
  ): void {
    const places = corners.map((corner) => toScreen(view, corner));
    const end = pointer && toScreen(view, pointer);
    // Dark below light: seen on any image.
    for (const [style, width] of [
      ['#000000', 3],
      ['#ffffff', 1.25],
    ] as const) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      for (const [x, y] of places) context.lineTo(x, y);
      if (places.length > 0 && end) context.lineTo(...(end as [number, number]));
      if (end) {
        const round = tool.value === 'brush' || tool.value === 'eraser';
        const size = round ? Math.max(2, radius.value * view.scale) : 4;
        context.moveTo(end[0] + size, end[1]);
        context.arc(end[0], end[1], size, 0, 2 * Math.PI);
      }
      context.stroke();
    }
  }
}

/** Classes by their labels. */
export interface Shown {
  readonly classes: readonly { readonly colour: string }[];
  readonly multilabel: boolean;
}

/** The colours of labels: of one class among background bright, as white and black say little above an image. */
export function coloursOf({ classes, multilabel }: Shown): Palette {
  const colours = vocPalette().map((colour) => colour);
  for (const [k, { colour }] of classes.entries()) colours[multilabel ? k + 1 : k] = rgbOf(seen(colour));
  colours[UNKNOWN] = [128, 128, 128];
  return colours;
}

const seen = (colour: string): string => (['#ffffff', '#000000'].includes(colour) ? '#00b4ff' : colour);
