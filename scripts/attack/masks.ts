import sharp from 'sharp';
import { decideLabelling, type GivenLabelling } from '../../src/data/masks/decide.ts';
import { coverageOf, labelsOf } from '../../src/data/masks/label-map.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { surveyOf } from '../../src/data/masks/survey.ts';
import { encodePng } from '../../src/runs/encode-png.node.ts';
import { encodeRgbBmp } from '../../tests/support/bmp.ts';
import {
  bilevel,
  colours,
  deep,
  floats,
  inColour,
  inGrey,
  integers,
  mask,
  oddSize,
  pixels,
  withAlpha,
} from '../../tests/support/odd-pictures.ts';
import type { Attacker } from './attacker.ts';
import { among, mutatedBytes, withChecksums } from './mutate.ts';

type Sound = readonly [name: string, bytes: Uint8Array, given: GivenLabelling];

/** Masks of each kind, and what their set says of them. */
async function sound(): Promise<readonly Sound[]> {
  const table = {
    classes: [
      { name: 'one', colour: '#dc2828' },
      { name: 'two', colour: '#28c828' },
      { name: 'three', colour: '#2828dc' },
      { name: 'four', colour: '#e6e6e6' },
    ],
  };
  const numbers = { classes: [0, 1, 2, 3].map((number) => ({ number, name: `class ${number}` })) };
  const area = oddSize.width * oddSize.height;
  const palette = ['#000000', '#ff0000', '#00ff00', '#0000ff'];
  const data = Uint8Array.from({ length: area }, (_, i) => (i >> 3) % 4);
  return [
    ['palette.png', await encodePng({ data, channels: 1, palette }, oddSize), numbers],
    ['16-bit.png', await deep(bilevel, 1, 3).png().toBuffer(), {}],
    ['colours.png', await inColour(colours).png().toBuffer(), table],
    [
      'rgba.png',
      await withAlpha(colours, (pixel) => pixel % 256)
        .png()
        .toBuffer(),
      table,
    ],
    ['1-bit.png', await inGrey(bilevel).png({ palette: true, colours: 2 }).toBuffer(), {}],
    ['classes.png', await mask([2, 0, 1, 3]).png().toBuffer(), numbers],
    ['light.jpg', await mask([255, 0, 0, 0]).jpeg().toBuffer(), {}],
    ['1-bit.tif', await inGrey(bilevel).tiff({ bitdepth: 1 }).toBuffer(), {}],
    ['floats.tif', floats(bilevel, 1, 1 / 255), {}],
    ['32-bit.tif', integers(bilevel), {}],
    ['colours.gif', await inColour(colours).gif().toBuffer(), table],
    ['grey.bmp', encodeRgbBmp(oddSize.width, oddSize.height, pixels(bilevel, 3)), {}],
    [
      'lossless.webp',
      await sharp(data, { raw: { ...oddSize, channels: 1 } })
        .webp({ lossless: true })
        .toBuffer(),
      numbers,
    ],
  ];
}

export const masks: Attacker = {
  name: 'masks',
  what: 'damaged mask files of each kind, surveyed and read as labels',
  prepare: async () => {
    const files = await sound();
    return (stream) => {
      const [name, bytes, given] = among(stream, files);
      const mutated = mutatedBytes(bytes, stream);
      const content = Buffer.from(
        name.endsWith('png') && stream.integer(4) > 0 ? withChecksums(mutated) : mutated,
      );
      return {
        text: name,
        run: async () => {
          const raw = await readRawMask(content, name);
          const { labelling } = decideLabelling([{ path: name, survey: surveyOf(raw) }], given, 'masks');
          labelsOf(coverageOf(raw, { ...labelling, multilabel: false }, name));
        },
      };
    };
  },
};
