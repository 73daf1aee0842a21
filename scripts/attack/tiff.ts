import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { RandomStream } from '../../src/core/random.ts';
import { pageCount } from '../../src/data/decode/content.node.ts';
import { decodeImage, decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { pathOfPage } from '../../src/data/decode/page.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { encodeTiff } from '../../tests/support/tiff.ts';
import type { Attacker } from './attacker.ts';
import { among, mutatedBytes } from './mutate.ts';
import { scratchFolder } from './scratch.ts';

const size = { width: 40, height: 24 };

async function sound(): Promise<readonly Uint8Array[]> {
  const stream = new RandomStream('sound tiff');
  const area = size.width * size.height;
  const rgb = Uint8Array.from({ length: 3 * area }, () => stream.integer(256));
  const floats = Float32Array.from({ length: area }, () => stream.uniform());
  const grey = { ...size, channels: 1, format: 3, data: floats } as const;
  const picture = () => sharp(rgb, { raw: { ...size, channels: 3 } });
  return [
    encodeTiff(grey, grey, grey, grey, grey),
    encodeTiff({ ...grey, format: 1, data: Uint16Array.from(floats, (value) => value * 65535) }),
    encodeTiff({ ...grey, format: 2, data: Int16Array.from(floats, (value) => value * 999 - 500) }),
    encodeTiff({ ...grey, channels: 3, data: Float32Array.from(rgb) }),
    await picture().tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer(),
    await picture().tiff({ compression: 'jpeg' }).toBuffer(),
    await picture().tiff({ tile: true, tileWidth: 16, tileHeight: 16, pyramid: true }).toBuffer(),
    await picture().tiff({ compression: 'lzw', bigtiff: true }).toBuffer(),
  ];
}

/** What reads one: whole, as a page, by a reading, its size and pages alone. */
const READERS: readonly ((file: string) => Promise<unknown>)[] = [
  (file) => decodeImage(file),
  (file) => decodeImage(pathOfPage(file, 2)),
  (file) => decodeImageTo(file, { width: 16, height: 16 }, { reading: { intensity: { low: 0, high: 1 } } }),
  imageSize,
  pageCount,
];

export const tiff: Attacker = {
  name: 'tiff',
  what: 'damaged TIFF files: pages, floats, tiles',
  prepare: async () => {
    const files = await sound();
    const folder = await scratchFolder();
    let count = 0;
    return (stream) => {
      const bytes = mutatedBytes(among(stream, files), stream);
      const read = among(stream, READERS);
      // Another name each time: what a file says is kept while it does not change.
      const file = join(folder, `${count++}.tif`);
      return {
        text: `${bytes.length} bytes`,
        run: async () => {
          await writeFile(file, bytes);
          await read(file);
        },
      };
    };
  },
};
