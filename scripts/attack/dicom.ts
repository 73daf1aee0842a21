import sharp from 'sharp';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImageBytes } from '../../src/data/decode/decode.node.ts';
import { dicomSize } from '../../src/data/decode/dicom.node.ts';
import { type Attribute, encodeDicom } from '../../tests/support/dicom.ts';
import { encodeLosslessJpeg } from '../../tests/support/lossless-jpeg.ts';
import type { Attacker } from './attacker.ts';
import { among, mutatedBytes } from './mutate.ts';

const [WIDTH, HEIGHT] = [24, 16];
const [JPEG, LOSSLESS, RLE] = ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.5'];
const IMPLICIT = '1.2.840.10008.1.2';

/** What all say of themselves, in the order of the tags. */
const attributes = (channels: number, bits: number, more: readonly Attribute[] = []): readonly Attribute[] =>
  [
    ['00280002', 'US', channels] as const,
    ['00280004', 'CS', channels === 1 ? 'MONOCHROME1' : 'RGB'] as const,
    ['00280006', 'US', channels === 1 ? 0 : 1] as const,
    ['00280010', 'US', HEIGHT] as const,
    ['00280011', 'US', WIDTH] as const,
    ['00280100', 'US', bits] as const,
    ['00280101', 'US', bits] as const,
    ['00280102', 'US', bits - 1] as const,
    ...more,
  ].toSorted(([a], [b]) => a.localeCompare(b));

const CT: readonly Attribute[] = [
  ['00280103', 'US', 1],
  ['00281050', 'DS', '40'],
  ['00281051', 'DS', '400'],
  ['00281052', 'DS', '-1024'],
  ['00281053', 'DS', '1'],
];

/** A file of each way in which pixels are stored. */
export async function soundDicom(): Promise<readonly Uint8Array[]> {
  const stream = new RandomStream('sound dicom');
  const drawn = (count: number, below: number) => Array.from({ length: count }, () => stream.integer(below));
  const area = WIDTH * HEIGHT;
  const bytes = Uint8Array.from(drawn(3 * area, 256));
  const deep = drawn(area, 65536);
  const jpeg = await sharp(bytes, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg()
    .toBuffer();
  const shape = { width: WIDTH, height: HEIGHT, channels: 1, bits: 16 };
  const wide = new Uint8Array(Uint16Array.from(deep).buffer);
  return [
    encodeDicom(attributes(1, 16, CT), wide),
    encodeDicom(attributes(1, 16), wide, IMPLICIT),
    encodeDicom(attributes(3, 8), bytes),
    encodeDicom(attributes(3, 8), jpeg, JPEG),
    encodeDicom(attributes(1, 16), encodeLosslessJpeg({ ...shape, data: deep }), LOSSLESS),
    encodeDicom(attributes(1, 8), runLengths(bytes.subarray(0, area)), RLE),
  ];
}

/** One segment, of which half is runs and half is bytes as they are (PS3.5, annex G). */
function runLengths(values: Uint8Array): Uint8Array {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(header.length, 4);
  const pieces = Array.from({ length: values.length / 8 }, (_, i) => values.subarray(8 * i, 8 * i + 8));
  return Buffer.concat([
    header,
    ...pieces.map((piece, i) => (i % 2 ? Buffer.from([257 - 8, piece[0]]) : Buffer.from([8 - 1, ...piece]))),
  ]);
}

export const dicom: Attacker = {
  name: 'dicom',
  what: 'damaged DICOM files, decoded as usual and by a reading',
  prepare: async () => {
    const files = await soundDicom();
    return (stream) => {
      const content = Buffer.from(mutatedBytes(among(stream, files), stream));
      const reading = stream.integer(2) === 0 ? undefined : { intensity: { low: -100, high: 300 } };
      return {
        text: `${content.length} bytes`,
        run: async () => {
          const image = await decodeImageBytes(content, 'slice.dcm', reading);
          const { width, height } = dicomSize(content);
          if (image.width !== width || image.height !== height)
            throw new Error(`${image.width}x${image.height} of ${width}x${height}`);
        },
      };
    };
  },
};
