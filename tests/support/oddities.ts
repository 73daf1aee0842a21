import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import { encodeBmp, encodeRgbBmp } from './bmp.ts';
import {
  bilevel,
  colours,
  deep,
  floats,
  grey,
  greys,
  inColour,
  inGrey,
  integers,
  isTopLeft,
  mask,
  oddSize,
  pages,
  pixels,
  type Quarters,
  turned,
  withAlpha,
} from './odd-pictures.ts';

/** What is to be expected of an image and its mask. */
export interface Expectation {
  /** Of files that cannot be used: what the problem says. */
  readonly problem?: RegExp;
  /** Of an image: what it shows, each channel within `tolerance` (default 12). */
  readonly shows?: Quarters;
  readonly tolerance?: number;
  /** Of a mask: which quarters are object; the top left one where it is not said. */
  readonly object?: readonly number[];
  /** Whether its values cannot be those of a set in which other masks are of 0 and 255. */
  readonly alone?: true;
}

export interface Oddity extends Expectation {
  readonly stem: string;
}

type Content = Uint8Array | Sharp;
type Make = () => Content | Promise<Content>;
/** A file by its name, what is in it, and what is to be expected. */
type Entry = readonly [name: string, make: Make, Expectation];

const exact = { shows: colours, tolerance: 0 };
const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
const bmp = () => encodeRgbBmp(oddSize.width, oddSize.height, pixels(colours, 3));
const jpeg = (upright = inColour()) => upright.jpeg({ quality: 95, chromaSubsampling: '4:4:4' });

async function bytesOf(make: Make): Promise<Uint8Array> {
  const content = await make();
  return content instanceof Uint8Array ? content : content.toBuffer();
}

async function half(make: Make): Promise<Uint8Array> {
  const bytes = await bytesOf(make);
  return bytes.subarray(0, bytes.length / 2);
}

const images: readonly Entry[] = [
  ['plain.jpg', jpeg, { shows: colours }],
  ['UPPER.JPG', jpeg, { shows: colours }],
  ['progressive.jpeg', () => inColour().jpeg({ quality: 95, progressive: true }), { shows: colours }],
  [
    'followed-by-more.jpg',
    async () => Buffer.concat([await bytesOf(jpeg), Buffer.alloc(999, 'x')]),
    { shows: colours },
  ],
  ['plain.of.png', () => inColour().png(), exact],
  ['plain-webp.webp', () => inColour().webp({ lossless: true }), exact],
  ['plain-tiff.tif', () => inColour().tiff({ compression: 'lzw' }), exact],
  ['plain-gif.gif', () => inColour().gif(), { shows: colours }],
  ['plain-avif.avif', () => inColour().avif({ quality: 90 }), { shows: colours }],
  ['plain-bmp.bmp', bmp, exact],
  ['truly-png.jpg', () => inColour().png(), exact],
  ['truly-bmp.png', bmp, exact],
  ['truly-jpeg.bmp', jpeg, { shows: colours }],
  ['grey.png', () => inGrey().png(), { shows: greys, tolerance: 0 }],
  ['grey-jpeg.jpg', () => jpeg(inGrey()), { shows: greys }],
  ['grey-alpha.png', () => inGrey().ensureAlpha(0.5).png(), { shows: greys, tolerance: 0 }],
  ['alpha.png', () => withAlpha(colours, (pixel) => pixel % 256).png(), exact],
  ['16-bit.png', () => deep(colours, 3, 257).png(), exact],
  ['16-bit-grey.tif', () => deep(greys, 1, 256).tiff(), { shows: greys, tolerance: 0 }],
  ['floats-to-1.tif', () => floats(colours, 3, 1 / 255), exact],
  ['floats-to-255.tif', () => floats(greys, 1, 1), { shows: greys, tolerance: 0 }],
  ['floats-beyond.tif', () => floats(greys, 1, 10), { problem: /pixels from 400 to 2300/ }],
  ['floats-below.tif', () => floats(greys, 1, 1, -100), { problem: /pixels from -60 to 130/ }],
  ['floats-of-nothing.tif', () => floats(greys, 1, Number.NaN), { problem: /not a number/ }],
  ['32-bit.tif', () => integers(greys), { shows: greys, tolerance: 0 }],
  ['palette.png', () => inColour().png({ palette: true, dither: 0 }), { shows: colours }],
  ['1-bit.png', () => inGrey(bilevel).png({ palette: true, colours: 2 }), { shows: bilevel, tolerance: 0 }],
  ['1-bit-tiff.tiff', () => inGrey(bilevel).tiff({ bitdepth: 1 }), { shows: bilevel, tolerance: 0 }],
  // What a printer's colours can show of saturated ones is far from them.
  ['cmyk.jpg', () => jpeg(inColour().toColourspace('cmyk')), { shows: colours, tolerance: 90 }],
  ...orientations.map(
    (n): Entry => [`exif-${n}.jpg`, async () => jpeg(await turned(n, inColour())), { shows: colours }],
  ),
  ['animated.gif', () => pages(colours, greys).gif(), { shows: colours }],
  ['animated-webp.webp', () => pages(colours, greys).webp({ lossless: true }), exact],
  ['pages.tif', () => pages(colours, greys).tiff({ compression: 'lzw' }), exact],
  ['with spaces (and more).png', () => inColour().png(), exact],
  ['decomposed-u\u0308.png', () => inColour().png(), exact],
  ['empty.jpg', () => new Uint8Array(), { problem: /got an empty file/ }],
  ['text.png', () => Buffer.from('not an image'), { problem: /cannot be read/ }],
  ['text-like-a-bitmap.png', () => Buffer.from('BM is how bitmaps begin'), { problem: /cannot be read/ }],
  ['cut-jpg.jpg', () => half(jpeg), { problem: /cut or damaged/ }],
  [
    'cut-progressive.jpg',
    () => half(() => inColour().jpeg({ progressive: true })),
    { problem: /cut or damaged/ },
  ],
  ['cut-png.png', () => half(() => inColour().png()), { problem: /cut or damaged/ }],
  ['cut-webp.webp', () => half(() => inColour().webp()), { problem: /cut or damaged/ }],
  ['cut-gif.gif', () => half(() => inColour().gif()), { problem: /cut or damaged/ }],
  ['cut-bmp.bmp', () => half(bmp), { problem: /cut or damaged/ }],
];

/** Masks of an image that shows colours. */
const masks: readonly Entry[] = [
  ['mask-of-0-1.png', () => mask([1, 0, 0, 0]).png(), { alone: true }],
  ['mask-of-0-255.jpg', () => jpeg(mask([255, 0, 0, 0])), {}],
  ['mask-bmp.bmp', () => encodeRgbBmp(oddSize.width, oddSize.height, pixels(bilevel, 3)), {}],
  ['mask-1-bit-bmp.bmp', () => oneBitBmp(), {}],
  ['mask-1-bit.tif', () => inGrey(bilevel).tiff({ bitdepth: 1 }), {}],
  ['mask-16-bit-0-1.png', () => deep(bilevel, 1, 1 / 255).png(), { alone: true }],
  ['mask-floats.tif', () => floats(bilevel, 1, 1 / 255), {}],
  ['mask-32-bit.tif', () => integers(bilevel), {}],
  ['mask-of-0-100.png', () => mask([100, 0, 100, 0]).png(), { object: [1, 0, 1, 0], alone: true }],
  ['mask-of-0-127.png', () => mask([127, 0, 0, 0]).png(), { alone: true }],
  [
    'mask-of-greys.png',
    () => mask([200, 20, 128, 127]).png(),
    { problem: /the values 20, 127, 128, 200 in/, alone: true },
  ],
  ['mask-empty.png', () => mask([0, 0, 0, 0]).png(), { object: [0, 0, 0, 0] }],
  ['mask-full.png', () => mask([255, 255, 255, 255]).png(), { object: [1, 1, 1, 1] }],
  ['mask-smaller.png', () => mask([255, 0, 0, 0], { width: 24, height: 16 }).png(), {}],
  ['mask-even-alpha.png', () => withAlpha(bilevel, () => 9).png(), {}],
  ['mask-fitting-alpha.png', () => withAlpha(bilevel, (pixel) => (isTopLeft(pixel) ? 255 : 0)).png(), {}],
  ...orientations.map(
    (n): Entry => [`mask-exif-${n}.png`, async () => (await turned(n, inGrey(bilevel))).png(), {}],
  ),
  [
    'mask-of-classes.png',
    () => mask([2, 0, 1, 3]).png(),
    { problem: /got the values 0, 1, 2, 3 in 1 files, which may be/, alone: true },
  ],
  [
    'mask-of-classes-ignoring.png',
    () => mask([1, 0, 0, 255]).png(),
    { problem: /the values 0, 1, 255 in/, alone: true },
  ],
  ['mask-of-one-class.png', () => mask([5, 5, 5, 5]).png(), { object: [1, 1, 1, 1], alone: true }],
  ['mask-faint.png', () => mask([100, 0, 50, 0]).png(), { problem: /the values 0, 50, 100 in/, alone: true }],
  ['mask-coloured.png', () => inColour().png(), { problem: /got 4 colours: /, alone: true }],
  [
    'mask-red-on-black.png',
    () => inColour([[255, 0, 0], grey(0), grey(0), grey(0)]).png(),
    { problem: /got 2 colours: #000000, #ff0000/, alone: true },
  ],
  [
    'mask-in-alpha.png',
    () => withAlpha([grey(255), grey(255), grey(255), grey(255)], alphaTopLeft).png(),
    { problem: /drawn in its alpha/ },
  ],
  [
    'mask-against-alpha.png',
    () => withAlpha([grey(255), grey(0), grey(255), grey(0)], alphaTopLeft).png(),
    { problem: /drawn in its alpha/ },
  ],
  [
    'mask-turned.png',
    () => mask([255, 0, 0, 0], { width: 32, height: 48 }).png(),
    { problem: /the aspect ratio of its image/ },
  ],
  ['mask-cut.png', () => half(() => mask([255, 0, 0, 0]).png()), { problem: /cut or damaged/ }],
];

const alphaTopLeft = (pixel: number) => (isTopLeft(pixel) ? 255 : 0);

/** Images of sizes at the limits, with masks of theirs: left half object. */
const sizes: readonly (readonly [string, { width: number; height: number }])[] = [
  ['one-pixel.png', { width: 1, height: 1 }],
  ['one-column.png', { width: 1, height: 50 }],
  ['one-row.png', { width: 50, height: 1 }],
  ['long-row.png', { width: 20000, height: 16 }],
];

function oneBitBmp(): Buffer {
  const { width, height } = oddSize;
  const row = (y: number) => (y < height / 2 ? [255, 255, 255, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 0]);
  return encodeBmp({
    width,
    height: -height,
    bits: 1,
    palette: [grey(0), grey(255)],
    pixels: Array.from({ length: height }, (_, y) => row(y)).flat(),
  });
}

/** Names in `images/` that are no images, and must be passed over. */
export const passedOver = [
  '._plain.jpg',
  '.hidden.png',
  'notes.txt',
  'folder.png',
  'link-to-folder.png',
  'Thumbs.db',
];

const stemOf = (name: string) => name.replace(/\.[^.]+$/, '').normalize('NFC');

/**
 * Writes a data folder with files of every kind that users have, usable and not, and says what to expect of each.
 *
 * @param together whether all masks are to be those of one set
 * @returns in no order; also for the samples whose files are links
 */
export async function writeOddities(root: string, { together = false } = {}): Promise<Oddity[]> {
  const inImages = (name: string) => join(root, 'images', name);
  const inMasks = (name: string) => join(root, 'masks', name);
  await mkdir(inMasks(''), { recursive: true });
  await mkdir(inImages('folder.png'), { recursive: true });
  const plainImage = await bytesOf(() => inColour().png());
  const plainMask = await bytesOf(() => mask([255, 0, 0, 0]).png());
  const oddities: Oddity[] = [];
  const add = (name: string, expectation: Expectation) =>
    oddities.push({ stem: stemOf(name), ...expectation });

  for (const [name, make, expectation] of images) {
    await writeFile(inImages(name), await bytesOf(make));
    await writeFile(inMasks(`${stemOf(name)}.png`), plainMask);
    add(name, expectation);
  }
  for (const [name, make, expectation] of masks) {
    if (together && expectation.alone) continue;
    await writeFile(inImages(`${stemOf(name)}.png`), plainImage);
    await writeFile(inMasks(name), await bytesOf(make));
    add(name, expectation);
  }
  for (const [name, size] of sizes) {
    await writeFile(inImages(name), await bytesOf(() => inColour(colours, size).png()));
    await writeFile(inMasks(name), await bytesOf(() => mask([255, 0, 255, 0], size).png()));
    add(name, { object: size.width === 1 ? [1, 1, 1, 1] : [1, 0, 1, 0] });
  }

  const links = [
    ['link.png', 'plain.of.png', exact],
    ['link-to-nothing.png', 'nothing.png', { problem: /a link to a file that is not there/ }],
    ['link-to-itself.png', 'link-to-itself.png', { problem: /a link that leads to itself/ }],
  ] as const;
  for (const [name, target, expectation] of links) {
    await symlink(target, inImages(name));
    await writeFile(inMasks(name), plainMask);
    add(name, expectation);
  }
  for (const name of passedOver) {
    if (name === 'link-to-folder.png') await symlink('folder.png', inImages(name));
    else if (name !== 'folder.png') await writeFile(inImages(name), 'Mac OS X');
  }
  return oddities;
}
