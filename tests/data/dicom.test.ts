import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { decodeDicom } from '../../src/data/decode/dicom.node.ts';
import { decodeLosslessJpeg } from '../../src/data/decode/lossless-jpeg.ts';
import { settleIntensity } from '../../src/data/pixels/settle.node.ts';
import { type Attribute, encodeDicom, type PlainAttribute } from '../support/dicom.ts';
import { refusal } from '../support/expect-user-error.ts';
import { encodeLosslessJpeg } from '../support/lossless-jpeg.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const [width, height] = [3, 2];

/** Of a grey picture, but for what is said otherwise. */
function attributes(other: Readonly<Record<string, number | string>> = {}): Attribute[] {
  const usual: PlainAttribute[] = [
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280006', 'US', 0],
    ['00280008', 'IS', '1'],
    ['00280010', 'US', height],
    ['00280011', 'US', width],
    ['00280100', 'US', 16],
    ['00280101', 'US', 12],
    ['00280102', 'US', 11],
    ['00280103', 'US', 0],
    ['00281050', 'DS', '40'],
    ['00281051', 'DS', '400'],
    ['00281052', 'DS', '0'],
    ['00281053', 'DS', '1'],
  ];
  return usual.map(([tag, vr, value]) => [tag, vr, other[tag] ?? value]);
}
const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
const read = async (...file: Parameters<typeof encodeDicom>) => {
  const { data, channels } = await decodeDicom(encodeDicom(...file));
  return { data: [...data], channels };
};
const [RESCALE, SLOPE, KIND, SIGNED] = ['00281052', '00281053', '00280004', '00280103'];

test.each([
  undefined,
  '1.2.840.10008.1.2',
])('values are those of their bits, with and without types (%s)', async (syntax) => {
  // What lies above the twelve bits is no part of the value.
  const pixels = words(0, 1, 2048, 4095, 0xf005, 700);
  expect(await read(attributes(), pixels, syntax)).toEqual({ data: [0, 1, 2048, 4095, 5, 700], channels: 1 });
  const signed = await read(attributes({ [SIGNED]: 1 }), pixels, syntax);
  expect(signed.data).toEqual([0, 1, -2048, -1, 5, 700]);
});

test('grey is rescaled, and turned round where the lowest value is white', async () => {
  const pixels = words(0, 1, 2, 3, 4000, 4095);
  const units = await read(attributes({ [RESCALE]: '-1024', [SLOPE]: '0.5' }), pixels);
  expect(units.data).toEqual([-1024, -1023.5, -1023, -1022.5, 976, 1023.5]);
  const turned = await read(attributes({ [KIND]: 'MONOCHROME1' }), pixels);
  expect(turned.data).toEqual([4095, 4094, 4093, 4092, 95, 0]);
});

describe('an enhanced file', () => {
  const without = () =>
    attributes().filter(([tag]) => !['00281050', '00281051', RESCALE, SLOPE].includes(tag));
  const group = (units: number, window: number): Attribute[] => [
    [
      ...['00289132', 'SQ'],
      [
        ['00281050', 'DS', `${window}`],
        ['00281051', 'DS', '10'],
      ],
    ] as unknown as Attribute,
    [
      '00289145',
      'SQ',
      [
        [RESCALE, 'DS', `${units}`],
        [SLOPE, 'DS', '1'],
      ],
    ],
  ];
  const pixels = words(0, 1, 2, 3, 4000, 4095);
  const shared: Attribute = ['52009229', 'SQ', group(-1024, 40)];
  const own: Attribute = ['52009230', 'SQ', group(-500, 90)];

  test.each([
    undefined,
    '1.2.840.10008.1.2',
  ])('is rescaled as its functional groups say, those of the frame first (%s)', async (syntax) => {
    const all = await decodeDicom(encodeDicom([...without(), shared], pixels, syntax));
    expect([all.data[0], all.data[5]]).toEqual([-1024, 3071]);
    expect(all.window).toEqual({ low: 35, high: 45 });
    const one = await decodeDicom(encodeDicom([...without(), shared, own], pixels, syntax));
    expect([one.data[0], one.window?.low]).toEqual([-500, 85]);
  });
});

test('the window of a file whose lowest value is white is turned round with its values', async () => {
  const pixels = words(0, 1, 2, 3, 4000, 4095);
  const negative = { [KIND]: 'MONOCHROME1', [RESCALE]: '-1024', [SLOPE]: '2', '00281050': '3000' };
  const { data, window } = await decodeDicom(encodeDicom(attributes(negative), pixels));
  // Of what is stored, 1912 and 2112 are the ends of the window.
  expect(data[0]).toBe(4095 * 2 - 1024);
  expect(window).toEqual({ low: (4095 - 2112) * 2 - 1024, high: (4095 - 1912) * 2 - 1024 });
});

test.each([
  ['1', 'MONOCHROME2', { low: 1, high: 3000 }],
  ['0.3', 'MONOCHROME2', { low: Math.fround(0.3), high: 900 }],
  ['0.3', 'MONOCHROME1', { low: Math.fround(1095 * 0.3), high: Math.fround(4094 * 0.3) }],
])('values that stand where there is no picture count in no range: slope %s, %s', async (slope, kind, range) => {
  const path = join(root, `padded-${slope}-${kind}.dcm`);
  const padding: Attribute[] = [
    ['00280120', 'US', 4007],
    ['00280121', 'US', 4090],
  ];
  const all = attributes({ [KIND]: kind, [RESCALE]: '0', [SLOPE]: slope });
  const file = encodeDicom(
    [...all.slice(0, 10), ...padding, ...all.slice(10)],
    words(10, 1, 2000, 3000, 4007, 4090),
  );
  await writeFile(path, file);
  const { intensity } = await settleIntensity({ name: 'set', paths: [path] }, 'used');
  expect(intensity).toEqual(range);
});

test('JPEG of RGB without a marker that says so has its own colours', async () => {
  const eight = { '00280100': 8, '00280101': 8, '00280102': 7, '00280002': 3 };
  // It has neither marker: decoders take it for YCbCr.
  const bare = async (chromaSubsampling: string) =>
    sharp({ create: { width, height, channels: 3, background: '#3c8cc8' } })
      .jpeg({ quality: 100, chromaSubsampling })
      .toBuffer();
  const jpeg = await bare('4:4:4');
  expect([jpeg.includes('JFIF'), jpeg.includes('Adobe')]).toEqual([false, false]);
  const JPEG = '1.2.840.10008.1.2.4.50';
  const { data } = await read(attributes({ ...eight, [KIND]: 'RGB' }), jpeg, JPEG);
  // Y, Cb and Cr of that colour (JFIF).
  for (const [i, value] of [123, 171, 83].entries()) expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(2);
  // With fewer values of two channels it cannot be RGB.
  for (const [kind, other] of [
    ['YBR_FULL', jpeg],
    ['RGB', await bare('4:2:0')],
  ] as const) {
    const { data } = await read(attributes({ ...eight, [KIND]: kind }), other, JPEG);
    for (const [i, value] of [60, 140, 200].entries())
      expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(2);
  }
});

test('colours, pixel by pixel and plane by plane', async () => {
  const colour = { [KIND]: 'RGB', '00280002': 3, '00280100': 8, '00280101': 8, '00280102': 7 };
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => i);
  expect((await read(attributes(colour), pixels)).data).toEqual([...pixels]);
  const planes = await read(attributes({ ...colour, '00280006': 1 }), pixels);
  expect(planes.data.slice(0, 6)).toEqual([0, 6, 12, 1, 7, 13]);
});

test('baseline JPEG is what the JPEG holds', async () => {
  const values = Uint8Array.of(10, 60, 110, 160, 210, 250);
  const grey = sharp(values, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
  const jpeg = await grey.jpeg({ quality: 100 }).toBuffer();
  const eight = { '00280100': 8, '00280101': 8, '00280102': 7 };
  const { data } = await read(attributes(eight), jpeg, '1.2.840.10008.1.2.4.50');
  expect(data).toEqual([...(await sharp(jpeg).toColourspace('b-w').raw().toBuffer())]);
  const others = attributes({ ...eight, '00280010': height + 1 });
  await expect(read(others, jpeg, '1.2.840.10008.1.2.4.50')).rejects.toThrow(
    'a JPEG of 3x2, 1 values each, in a file of 3x3 pixels, 1 each',
  );
});

describe('lossless JPEG', () => {
  const SYNTAX = '1.2.840.10008.1.2.4.57';
  const stream = new RandomStream('lossless');

  test.each([1, 2, 3, 4, 5, 6, 7])('of predictor %s holds the values that were written', (predictor) => {
    for (const [bits, channels, restart] of [
      [8, 3, 0],
      [12, 1, 0],
      [16, 1, 14],
    ]) {
      const shape = { width: 7, height: 6, channels };
      const values = Array.from({ length: 42 * channels }, () => stream.integer(2 ** bits));
      const jpeg = encodeLosslessJpeg({ ...shape, bits, data: values }, { predictor, restart });
      const { data, ...found } = decodeLosslessJpeg(jpeg);
      expect(found).toEqual(shape);
      expect([...data]).toEqual(values);
    }
  });

  test('in a file: grey with a sign, and colours', async () => {
    const stored = [0, 1, 0xffff, 0x8000, 700, 0xfffe];
    const jpeg = encodeLosslessJpeg({ width, height, channels: 1, bits: 16, data: stored });
    const signed = { [SIGNED]: 1, '00280101': 16, '00280102': 15 };
    expect((await read(attributes(signed), jpeg, SYNTAX)).data).toEqual([0, 1, -1, -32768, 700, -2]);
    const colours = Array.from({ length: 18 }, (_, i) => 10 * i);
    const rgb = encodeLosslessJpeg({ width, height, channels: 3, bits: 8, data: colours });
    const kind = { [KIND]: 'RGB', '00280002': 3, '00280100': 8, '00280101': 8, '00280102': 7 };
    expect((await read(attributes({ ...kind, '00280006': 1 }), rgb, SYNTAX)).data).toEqual(colours);
  });

  test('with bytes that fill up before its markers holds the same', () => {
    const values = Array.from({ length: 16 }, (_, i) => 100 * i);
    const jpeg = encodeLosslessJpeg(
      { width: 4, height: 4, channels: 1, bits: 12, data: values },
      { restart: 4 },
    );
    const filled = [...jpeg].flatMap((byte, i) => {
      const next = jpeg[i + 1];
      // One byte and two.
      if (byte === 255 && (next === 0xc4 || next === 0xd1)) return [255, 255];
      return byte === 255 && (next === 0xda || next === 0xd9) ? [255, 255, 255] : [byte];
    });
    expect([...decodeLosslessJpeg(Uint8Array.from(filled)).data]).toEqual(values);
  });

  test('that is cut, or of another kind, is refused', () => {
    const jpeg = encodeLosslessJpeg({ width: 4, height: 4, channels: 1, bits: 12, data: Array(16).fill(9) });
    expect(() => decodeLosslessJpeg(jpeg.subarray(0, -6))).toThrow(/^cut in its pixels/);
    const lossy = Uint8Array.from(jpeg, (byte, i) => (i === 3 ? 0xc0 : byte));
    expect(() => decodeLosslessJpeg(lossy)).toThrow('another process (SOF0)');
  });
});

describe('run lengths', () => {
  const RLE = '1.2.840.10008.1.2.5';
  const frame = (...segments: number[][]) => {
    const header = new Uint32Array(16);
    header[0] = segments.length;
    let at = 64;
    for (const [i, segment] of segments.entries()) {
      header[1 + i] = at;
      at += segment.length;
    }
    return Uint8Array.from([...new Uint8Array(header.buffer), ...segments.flat()]);
  };

  test('a segment for each byte, the high one first: literal bytes and runs', async () => {
    // 128 says nothing.
    const high = [251, 1];
    const low = [1, 5, 6, 128, 253, 9];
    const { data } = await read(attributes(), frame(high, low), RLE);
    expect(data).toEqual([261, 262, 265, 265, 265, 265]);
  });

  test('what is cut, or has another number of segments, is refused', async () => {
    await expect(read(attributes(), frame([251, 1]), RLE)).rejects.toThrow('1 segments');
    // Its length is made even by a zero.
    await expect(read(attributes(), frame([251, 1], [1, 5, 6]), RLE)).rejects.toThrow(/^cut: 2 of 6 bytes/);
    await expect(read(attributes(), frame([251, 1], [5, 1, 2, 3]), RLE)).rejects.toThrow(/^cut: 0 of 6/);
  });
});

describe('as an image', () => {
  const file = async (name: string, ...content: Parameters<typeof encodeDicom>) => {
    await writeFile(join(root, name), encodeDicom(...content));
    return join(root, name);
  };
  const units = () =>
    file('ct.dcm', attributes({ [RESCALE]: '-1024' }), words(0, 824, 964, 1064, 1264, 4000));

  test('by a range of what it is rescaled to', async () => {
    const { data } = await decodeImage(await units(), { intensity: { low: -160, high: 240 } });
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual([0, 0, 64, 128, 255, 255]);
  });

  test('what has to be said of it is asked for, with the range that is in the file', async () => {
    const settled = settleIntensity({ name: 'set', paths: [await units()] }, 'auto');
    expect(await refusal(settled)).toMatch(
      /ct\.dcm: got pixels from -1024 to 2976 .*--intensity used.*window in the file is -160:240/,
    );
  });

  test.each<[string, Parameters<typeof encodeDicom>, RegExp]>([
    [
      'several frames',
      [attributes({ '00280008': '15' }), words(1)],
      /got DICOM with 15 frames, expected one/,
    ],
    [
      'another compression',
      [attributes(), words(1), '1.2.840.10008.1.2.4.90'],
      /transfer syntax 1\.2\.840\.10008\.1\.2\.4\.90, expected .*JPEG/,
    ],
    ['a palette', [attributes({ [KIND]: 'PALETTE COLOR' }), words(1)], /PALETTE COLOR/],
    [
      'a table of values',
      [[...attributes(), ['00283000', 'SQ', [['00283003', 'CS', 'TABLE']]]], words(1)],
      /Modality LUT.*expected a slope/,
    ],
    ['too few pixels', [attributes(), words(1, 2)], /cut or damaged/],
  ])('%s: refused with the name of the file', async (name, content, text) => {
    const path = await file(`${name.replaceAll(' ', '-')}.dcm`, ...content);
    const message = await refusal(decodeImage(path));
    expect(message).toMatch(text);
    expect(message).toContain(path);
  });
});

const folder = join(shared.formats, 'dicom');
describe.skipIf(!existsSync(folder))('real files', () => {
  const real = async (name: string) => decodeDicom(await readFile(join(folder, name)));
  const rangeOf = (data: ArrayLike<number>) => {
    const values = Array.from(data);
    return [
      Math.min(...values),
      Math.max(...values),
      values.reduce((sum, value) => sum + value) / values.length,
    ];
  };

  test('hold the values that they are known to hold', async () => {
    const ct = await real('CT_small.dcm');
    expect([ct.width, ct.height]).toEqual([128, 128]);
    expect(rangeOf(ct.data).map((value) => Math.round(value * 1000) / 1000)).toEqual(
      [128 - 1024, 2191 - 1024, 904.926 - 1024].map((value) => Math.round(value * 1000) / 1000),
    );
    const mr = await real('MR_small.dcm');
    expect(mr.window).toEqual({ low: -200, high: 1400 });
    for (const name of ['MR_small_implicit.dcm', 'MR_small_RLE.dcm'])
      expect((await real(name)).data).toEqual(mr.data);
    const [low, high] = rangeOf((await real('SC_rgb_small_odd.dcm')).data);
    expect([low, high]).toEqual([52, 176]);
  });

  test('that are cut or of several frames are refused', async () => {
    for (const name of ['MR_truncated.dcm', 'rtdose.dcm'])
      expect(await refusal(decodeImage(join(folder, name)))).toMatch(/cut or damaged|15 frames/);
  });
});
