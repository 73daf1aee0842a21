import { eachOf } from '../../core/each.ts';
import { UserError } from '../../core/errors.ts';
import { beginningOf, contentOf, tiffHeaderOf } from '../decode/content.node.ts';
import { formatOf } from '../decode/format.ts';
import { placeOf } from '../decode/page.ts';
import { openPicture, type Picture } from '../decode/picture.node.ts';
import type { PixelReading, Values } from '../decode/reading.ts';

/** What an image file says of its pixels. */
export interface PixelFacts extends Pick<Picture, 'depth' | 'channels' | 'colours' | 'pages' | 'window'> {
  readonly path: string;
  /** Whether the pages of the file are channels of one image, as its OME description says. */
  readonly pagesAreChannels: boolean;
}

/** As many files are read at once; decoding is done by threads of the decoder's own. */
const AT_ONCE = 4;

/**
 * What image files say of their pixels; those that cannot be read are passed over, as whoever loads them will name them. Most are
 * known by their first bytes.
 */
export async function pixelFacts(
  paths: readonly string[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PixelFacts[]> {
  let done = 0;
  const found = await eachOf(paths, AT_ONCE, async (path) => {
    const facts = await passingOver(async () => ({
      path,
      ...((await byBeginning(path)) ?? (await opened(path))),
    }));
    onProgress(++done, paths.length);
    return facts;
  });
  return found.filter((each) => each !== undefined);
}

/** Gives the fed values of files, part by part, in any order. */
export async function forValues(
  files: readonly PixelFacts[],
  { channels }: Pick<PixelReading, 'channels'>,
  use: (values: Float32Array, file: PixelFacts) => void,
): Promise<void> {
  await eachOf(files, AT_ONCE, (file) =>
    passingOver(async () => {
      const picture = await openPicture(await contentOf(file.path), file.path, 'values');
      for await (const values of picture.bands())
        use(withoutPadding(fed(values, channels, file), picture), file);
    }),
  );
}

function fed({ data, channels }: Values, wanted: readonly number[] | undefined, { colours }: PixelFacts) {
  const taken = wanted?.map((channel) => channel - 1) ?? (colours === 3 ? [0, 1, 2] : [0]);
  const own = [...new Set(taken)].filter((channel) => channel < channels);
  const result = new Float32Array((data.length / channels) * own.length);
  for (let i = 0, o = 0; i < data.length; i += channels) for (const c of own) result[o++] = data[i + c];
  return result;
}

/** Without those that stand where there is no picture. */
function withoutPadding(values: Float32Array, { padding }: Pick<Picture, 'padding'>): Float32Array {
  return padding ? values.filter((value) => value < padding.low || value > padding.high) : values;
}

const ALONE = { pages: 1, pagesAreChannels: false };

/** Without those that may have several frames. */
const USUAL_FORMATS = ['jpeg', 'bmp'];
/** Channels by the colour type of a PNG file: grey, RGB, palette, both with alpha. */
const PNG_CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Undefined where more has to be read. */
async function byBeginning(path: string): Promise<Omit<PixelFacts, 'path'> | undefined> {
  const bytes = await beginningOf(path).catch(() => undefined);
  if (!bytes) return undefined;
  const format = formatOf(bytes);
  if (USUAL_FORMATS.includes(format)) return { depth: 'uchar', channels: 3, colours: 3, ...ALONE };
  if (format !== 'png') return undefined;
  const channels = PNG_CHANNELS[bytes[25]] ?? 3;
  return {
    depth: bytes[24] === 16 ? 'ushort' : 'uchar',
    channels,
    colours: channels < 3 ? 1 : 3,
    ...ALONE,
  };
}

async function opened(path: string): Promise<Omit<PixelFacts, 'path'>> {
  const content = await contentOf(path);
  const { depth, channels, colours, pages, window } = await openPicture(content, path, 'values');
  const [, count = '1'] =
    /\bSizeC="(\d+)"/.exec((await tiffHeaderOf(placeOf(path).file))?.description ?? '') ?? [];
  return { depth, channels, colours, pages, window, pagesAreChannels: pages > 1 && Number(count) > 1 };
}

async function passingOver<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
