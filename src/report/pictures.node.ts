import sharp, { type Sharp } from 'sharp';
import { writeWhole } from '../core/files.node.ts';
import { expectInside } from '../core/place.node.ts';
import { readBytes } from '../data/decode/bytes.node.ts';
import { expectImage } from '../data/decode/content.node.ts';
import { RUN } from '../records/entries.ts';
import { pictureIn, readEntry } from '../records/entry.node.ts';
import type { ReconstructionRow } from '../records/run-records.ts';
import type { Picture, Pictures, Prediction, Reconstruction } from './model.ts';

/** Pixels in memory: height x width x channels bytes; 1 channel is grey, 3 are RGB, 4 are RGB and alpha. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** Planes in [-1, 1], or beyond, as bytes with the channels innermost. */
export function bytesOfPlanes(planes: Float32Array, channels: number): Uint8Array {
  const area = planes.length / channels;
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < channels; c++)
      bytes[channels * i + c] = Math.round((Math.min(1, Math.max(-1, planes[c * area + i])) + 1) * 127.5);
  }
  return bytes;
}

/** A picture as a part of a page. */
export async function embedBitmap({ width, height, channels, data }: Bitmap): Promise<Picture> {
  const png = await sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 9 }).toBuffer();
  return { uri: `data:image/png;base64,${png.toString('base64')}`, width, height };
}

/** Writes a PNG file, and the folder for it if there is none. */
export async function writePng(path: string, { width, height, channels, data }: Bitmap): Promise<void> {
  await writeWhole(path, await sharp(data, { raw: { width, height, channels } }).png().toBuffer());
}

/** Longest side of an embedded prediction; reconstructions are embedded pixel by pixel. */
const longestSide = 480;

/**
 * The pictures of a run folder as data URIs; those that cannot be read are left out.
 *
 * @throws UserError for a list of them that is damaged, and for a picture that is a link out of the folder
 */
export async function readPictures(run: string): Promise<Pictures> {
  const { kind, rows } = (await readEntry(run, RUN.pictures)) ?? { kind: 'prediction', rows: [] };
  for (const row of rows) {
    const names = 'picture' in row ? [row.picture] : [row.input, row.target, row.output];
    for (const name of names) expectInside(pictureIn(run, name), run);
  }
  const reconstructions: Reconstruction[] = [];
  const predictions: Prediction[] = [];
  if (kind === 'reconstruction') {
    for (const row of rows) reconstructions.push(await embedReconstruction(run, row));
  } else {
    for (const { stem, rank, dice, picture: name } of rows) {
      const picture = await embed(run, name, 'small');
      if (picture) predictions.push({ stem, rank, dice, picture });
    }
  }
  return {
    reconstructions: reconstructions.filter(({ input, target, output }) => input || target || output),
    predictions,
  };
}

async function embedReconstruction(run: string, row: ReconstructionRow): Promise<Reconstruction> {
  return {
    stem: row.stem,
    psnr: row.psnr,
    inputPsnr: await psnr(run, row.input, row.target),
    input: await embed(run, row.input, 'exact'),
    target: await embed(run, row.target, 'exact'),
    output: await embed(run, row.output, 'exact'),
  };
}

async function opened(run: string, name: string): Promise<Sharp> {
  const path = pictureIn(run, name);
  const bytes = await readBytes(path);
  await expectImage(bytes, path);
  return sharp(bytes);
}

async function embed(run: string, name: string, fidelity: 'exact' | 'small'): Promise<Picture | undefined> {
  try {
    const picture = await opened(run, name);
    const encoded =
      fidelity === 'exact'
        ? picture.png({ compressionLevel: 9 })
        : picture
            .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
            .jpeg({ quality: 88, chromaSubsampling: '4:4:4' });
    const { data, info } = await encoded.toBuffer({ resolveWithObject: true });
    const uri = `data:image/${info.format};base64,${data.toString('base64')}`;
    return { uri, width: info.width, height: info.height };
  } catch {
    return undefined;
  }
}

/** Peak signal-to-noise ratio of two 8-bit pictures, dB; Infinity if they are equal; undefined if they cannot be compared. */
async function psnr(run: string, first: string, second: string): Promise<number | undefined> {
  try {
    const [a, b] = await Promise.all(
      [first, second].map(async (name) =>
        (await opened(run, name)).removeAlpha().toColourspace('srgb').raw().toBuffer(),
      ),
    );
    if (a.length !== b.length) return undefined;
    const squares = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
    return 10 * Math.log10((255 ** 2 * a.length) / squares);
  } catch {
    return undefined;
  }
}
