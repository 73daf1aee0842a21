import { type Palette, rgbOf, writeGrey, writeNumbers } from '../../../src/annotations/png.ts';
import type { Size } from '../../../src/core/size.ts';
import type { OutputPicture } from '../../../src/objectives/objective.ts';
import type { Lab } from '../lab/lab.ts';
import { pixelsOf } from '../lab/lab-image.ts';

/** Saves what the network makes of the image that is shown, at the image's own size, as `fewmask predict` writes it. */
export async function saveOutput({ network, image, other, gates }: Lab): Promise<void> {
  const shown = image.value!;
  const { pictures } = await network.predict(pixelsOf(shown.picture), {
    gates: gates.value,
    bottleneckOf: other.value?.small,
  });
  const { width, height } = shown.picture;
  for (const picture of pictures) {
    const part = picture.name === undefined ? '' : `-${picture.name}`;
    save(await pngOf(picture, { width, height }), `${shown.name}${part}.png`);
  }
}

/** Saves the network's weights as they are now. */
export async function saveWeights({ network }: Lab): Promise<void> {
  const bytes = await network.weights();
  save(new Blob([bytes.slice().buffer]), `${network.about.name}.safetensors`);
}

async function pngOf({ data, channels, palette }: OutputPicture, size: Size): Promise<Blob> {
  if (channels === 3) return colours(data, size);
  const colour = palette?.map(rgbOf) as Palette | undefined;
  const bytes =
    colour || data instanceof Uint16Array
      ? writeNumbers({ ...size, data }, colour)
      : writeGrey({ ...size, data });
  return new Blob([bytes.slice().buffer], { type: 'image/png' });
}

function colours(data: OutputPicture['data'], { width, height }: Size): Promise<Blob> {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++)
    pixels.data.set([data[3 * i], data[3 * i + 1], data[3 * i + 2], 255], 4 * i);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
