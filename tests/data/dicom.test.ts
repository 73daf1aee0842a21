import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { decodeDicom } from '../../src/data/decode/dicom.node.ts';
import { settleIntensity } from '../../src/data/pixels/settle.node.ts';
import { type Attribute, encodeDicom } from '../support/dicom.ts';
import { refusal } from '../support/expect-user-error.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const [width, height] = [3, 2];

/** Of a grey picture, but for what is said otherwise. */
function attributes(other: Readonly<Record<string, number | string>> = {}): Attribute[] {
  const usual: Attribute[] = [
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
    expect((await real('MR_small_implicit.dcm')).data).toEqual(mr.data);
    const [low, high] = rangeOf((await real('SC_rgb_small_odd.dcm')).data);
    expect([low, high]).toEqual([52, 176]);
  });

  test('that are cut, of several frames or compressed otherwise are refused', async () => {
    for (const name of ['MR_truncated.dcm', 'rtdose.dcm', 'MR_small_RLE.dcm'])
      expect(await refusal(decodeImage(join(folder, name)))).toMatch(
        /cut or damaged|15 frames|transfer syntax/,
      );
  });
});
