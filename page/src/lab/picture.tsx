import { useEffect, useRef } from 'preact/hooks';
import type { Size } from '../../../src/core/size.ts';
import type { Labelling } from '../../../src/data/masks/labelling.ts';
import { overlayOf } from '../../../src/paint/overlay.ts';
import { UNKNOWN } from '../../../src/paint/painting.ts';
import type { PagePrediction } from '../../../src/web/network.ts';
import { coloursOf } from '../label/surface.ts';
import type { Truth } from './lab-image.ts';

const LOOK = { opacity: 0.4, outline: 1 } as const;

/** Pictures are shown with at most so many pixels on a side. */
const MOST = 1024;

type Drawable = CanvasImageSource & Size;

/** A picture with another laid over it, both as large as the picture. */
export function Picture({
  below,
  above,
  size,
  label,
}: {
  readonly below?: Drawable;
  readonly above?: Drawable;
  readonly size: Size;
  readonly label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, MOST / Math.max(size.width, size.height));
  const [width, height] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale)));
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    context.clearRect(0, 0, width, height);
    for (const layer of [below, above]) if (layer) context.drawImage(layer, 0, 0, width, height);
  }, [below, above, width, height]);
  return <canvas ref={canvas} class="picture" width={width} height={height} role="img" aria-label={label} />;
}

/** What a network has made, as a picture: masks in their classes' colours, to be laid over the image, or what it painted. */
export function pictureOf({ size, masks, pictures }: PagePrediction, labelling?: Labelling): Drawable {
  if (masks && labelling) return maskPicture(size, masks, labelling);
  const { height, width } = size;
  const pixels = new Uint8ClampedArray(4 * height * width);
  const [{ data }] = pictures;
  for (let i = 0; i < height * width; i++)
    pixels.set([data[3 * i], data[3 * i + 1], data[3 * i + 2], 255], 4 * i);
  return drawn(new ImageData(pixels, width, height));
}

/** Masks of classes in their colours, clear elsewhere. */
export function maskPicture(size: Size, masks: readonly Truth[], labelling: Labelling): Drawable {
  const { classes, multilabel } = labelling;
  const planes = masks.map(({ name, mask }, k) => {
    const found = classes.findIndex((each) => each.name === name);
    // Of one class each, whatever they are called.
    const label = (found < 0 ? Math.min(k + 1, classes.length - 1) : found) + (multilabel ? 1 : 0);
    return mask.map((value) => (value === 1 ? label : value === UNKNOWN ? UNKNOWN : 0));
  });
  const whole = { left: 0, top: 0, ...size };
  const overlay = overlayOf({ ...size, planes }, whole, { colours: coloursOf(labelling), ...LOOK })!;
  return drawn(new ImageData(overlay.pixels, overlay.width, overlay.height));
}

function drawn(image: ImageData): Drawable {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
