import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { cacheFolder } from '../core/cache-folder.node.ts';
import { sha256, writeWhole } from '../core/files.node.ts';
import { contentOf } from '../data/decode/content.node.ts';
import { decodeThumbnail } from '../data/decode/decode.node.ts';
import { placeOf } from '../data/decode/page.ts';
import { type PixelReading, USUAL } from '../data/decode/reading.ts';
import { imageSize } from '../data/decode/size.node.ts';

/** The longest side of a thumbnail, in pixels. */
const SIDE = 192;

/** So many are made at once: each may hold a whole image. */
const AT_ONCE = 2;

/** Small pictures of images: made once, kept in the user's cache folder by path, size and time of the image, and how it is read. */
export class Thumbnails {
  readonly #making = new Map<string, Promise<Uint8Array>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(readonly folder = join(cacheFolder(), 'thumbnails')) {}

  /**
   * @returns a WebP file
   * @throws UserError for an image that cannot be read
   */
  async of(image: string, reading: PixelReading = USUAL): Promise<Uint8Array> {
    const { size, mtimeMs } = await stat(placeOf(image).file);
    const key = sha256(Buffer.from([image, size, mtimeMs, SIDE, JSON.stringify(reading)].join('\n')));
    const path = join(this.folder, key.slice(0, 2), `${key}.webp`);
    const known = await readFile(path).catch(() => undefined);
    if (known) return known;
    const making =
      this.#making.get(key) ?? this.#make(image, path, reading).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  async #make(image: string, path: string, reading: PixelReading): Promise<Uint8Array> {
    if (this.#busy >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
    try {
      const native = await imageSize(image);
      const scale = Math.min(1, SIDE / Math.max(native.width, native.height));
      const length = (side: number) => Math.max(1, Math.round(side * scale));
      const wanted = { width: length(native.width), height: length(native.height) };
      const { width, height, data } = (await decodeThumbnail(await contentOf(image), image, wanted, reading))
        .image;
      const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
        .webp({ quality: 80 })
        .toBuffer();
      // Without a place to keep it, it is made again.
      await writeWhole(path, bytes).catch(() => {});
      return bytes;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }
}
