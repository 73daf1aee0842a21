import sharp from 'sharp';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImageBytes, decodeImageBytesTo } from '../../src/data/decode/decode.node.ts';
import { encodeRgbBmp } from '../../tests/support/bmp.ts';
import { encodeDicom } from '../../tests/support/dicom.ts';
import { encodeTiff } from '../../tests/support/tiff.ts';
import type { Attacker } from './attacker.ts';
import { mutatedBytes, withChecksums } from './mutate.ts';

const [WIDTH, HEIGHT] = [48, 32];

/** Small images of each format that is read, by its name. */
async function sound(): Promise<ReadonlyMap<string, Uint8Array>> {
  const stream = new RandomStream('sound images');
  const rgb = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, () => stream.integer(256));
  const deep = Uint16Array.from({ length: WIDTH * HEIGHT }, () => stream.integer(65536));
  const picture = () => sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  const page = { width: WIDTH, height: HEIGHT, channels: 1, format: 1, data: deep } as const;
  return new Map<string, Uint8Array>([
    ['png', await picture().png().toBuffer()],
    ['palette.png', await picture().png({ palette: true }).toBuffer()],
    ['jpg', await picture().jpeg().toBuffer()],
    ['progressive.jpg', await picture().jpeg({ progressive: true }).toBuffer()],
    ['webp', await picture().webp().toBuffer()],
    ['gif', await picture().gif().toBuffer()],
    ['avif', await picture().avif({ effort: 0 }).toBuffer()],
    ['lzw.tiff', await picture().tiff({ compression: 'lzw' }).toBuffer()],
    ['pages.tiff', encodeTiff(page, page)],
    ['bmp', encodeRgbBmp(WIDTH, HEIGHT, rgb)],
    ['dcm', dicomOf(deep)],
  ]);
}

function dicomOf(values: Uint16Array): Uint8Array {
  return encodeDicom(
    [
      ['00280002', 'US', 1],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280010', 'US', HEIGHT],
      ['00280011', 'US', WIDTH],
      ['00280100', 'US', 16],
      ['00280101', 'US', 16],
      ['00280102', 'US', 15],
      ['00280103', 'US', 0],
    ],
    new Uint8Array(values.buffer),
  );
}

export const images: Attacker = {
  name: 'images',
  what: 'damaged image files, decoded whole and to a size',
  prepare: async () => {
    const files = [...(await sound())];
    return (stream) => {
      const [name, bytes] = files[stream.integer(files.length)];
      const mutated = mutatedBytes(bytes, stream);
      const content = Buffer.from(
        name.endsWith('png') && stream.integer(2) ? withChecksums(mutated) : mutated,
      );
      const whole = stream.integer(2) === 0;
      return {
        text: name,
        run: () =>
          whole
            ? decodeImageBytes(content, name)
            : decodeImageBytesTo(content, name, { width: 32, height: 32 }),
      };
    };
  },
};
