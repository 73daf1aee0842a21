import sharp, { type Sharp } from 'sharp';
import { encodeTiff } from './tiff.ts';

/** The pictures have this size, upright. */
export const oddSize = { width: 48, height: 32 };

type Colour = readonly [number, number, number];
/** What a picture shows in its quarters: top left, top right, bottom left, bottom right. */
export type Quarters = readonly [Colour, Colour, Colour, Colour];

export const grey = (value: number): Colour => [value, value, value];
export const colours: Quarters = [[220, 40, 40], [40, 200, 40], [40, 40, 220], grey(230)];
export const greys: Quarters = [grey(40), grey(120), grey(180), grey(230)];
export const bilevel: Quarters = [grey(255), grey(0), grey(0), grey(0)];

/** The values of a picture, pixel by pixel. */
export function pixels(quarters: Quarters, channels: 1 | 3, { width, height } = oddSize): Uint8Array {
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const right = pixel % width >= width / 2 ? 1 : 0;
    const below = Math.floor(pixel / width) >= height / 2 ? 2 : 0;
    return quarters[right + below][i % channels];
  });
}

export function picture(data: Uint8Array | Uint16Array, channels: 1 | 3 | 4, size = oddSize): Sharp {
  const raw = sharp(data, { raw: { ...size, channels } });
  return channels === 1 ? raw.toColourspace('b-w') : raw;
}

export const inColour = (quarters = colours, size = oddSize) => picture(pixels(quarters, 3, size), 3, size);
export const inGrey = (quarters = greys, size = oddSize) => picture(pixels(quarters, 1, size), 1, size);

/** A mask whose quarters have these values. */
export const mask = (values: readonly number[], size = oddSize) =>
  inGrey(values.map(grey) as unknown as Quarters, size);

/** The same in 16 bits, times a factor. */
export const deep = (quarters: Quarters, channels: 1 | 3, factor: number) =>
  picture(
    Uint16Array.from(pixels(quarters, channels), (value) => value * factor),
    channels,
  ).toColourspace(channels === 1 ? 'grey16' : 'rgb16');

/** The same with alpha. */
export function withAlpha(quarters: Quarters, alphaOf: (pixel: number) => number): Sharp {
  const rgb = pixels(quarters, 3);
  const rgba = Uint8Array.from({ length: (rgb.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? alphaOf(Math.floor(i / 4)) : rgb[3 * Math.floor(i / 4) + (i % 4)],
  );
  return picture(rgba, 4);
}

export const isTopLeft = (pixel: number) =>
  pixel % oddSize.width < oddSize.width / 2 && pixel < (oddSize.width * oddSize.height) / 2;

/** The same as floats, value * scale + shift. */
export const floats = (quarters: Quarters, channels: 1 | 3, scale: number, shift = 0) =>
  encodeTiff({
    ...oddSize,
    channels,
    format: 3,
    data: Float32Array.from(pixels(quarters, channels), (value) => value * scale + shift),
  });

/** The same as 32-bit integers. */
export const integers = (quarters: Quarters) =>
  encodeTiff({ ...oddSize, channels: 1, format: 2, data: Int32Array.from(pixels(quarters, 1)) });

/** Two pictures in one file. */
export const pages = (first: Quarters, second: Quarters) =>
  sharp(Buffer.concat([pixels(first, 3), pixels(second, 3)]), {
    raw: { width: oddSize.width, height: 2 * oddSize.height, channels: 3, pageHeight: oddSize.height },
  });

/** How a picture was turned before it was stored, so that its EXIF orientation turns it upright again. */
const storing: Readonly<Record<number, readonly ((upright: Sharp) => Sharp)[]>> = {
  1: [],
  2: [(it) => it.flop()],
  3: [(it) => it.rotate(180)],
  4: [(it) => it.flip()],
  5: [(it) => it.rotate(90), (it) => it.flop()],
  6: [(it) => it.rotate(270)],
  7: [(it) => it.rotate(270), (it) => it.flop()],
  8: [(it) => it.rotate(90)],
};

export async function turned(orientation: number, upright: Sharp): Promise<Sharp> {
  let stored = upright;
  // Step by step: within one pipeline sharp has an order of its own.
  for (const step of storing[orientation]) {
    const { data, info } = await step(stored).raw().toBuffer({ resolveWithObject: true });
    stored = picture(data, info.channels as 1 | 3, { width: info.width, height: info.height });
  }
  return stored.withMetadata({ orientation });
}
