import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError } from '../../core/errors.ts';
import { expectRegular, sha256 } from '../../core/files.node.ts';
import { isBmp } from './bmp.ts';
import { complaint, readBytes, unreadable } from './bytes.node.ts';
import { isDicom } from './dicom.node.ts';
import { BEGINNING, formatOf, otherFormat } from './format.ts';
import { KnownFiles } from './known-files.node.ts';
import { isLossy } from './lossy.ts';
import { placeOf } from './page.ts';
import { type ReadAt, readTiffHeader, type TiffHeader } from './tiff-header.ts';

/** What an image is decoded of: the bytes of its file, or the path, also of a page, of which only what is needed is read. */
export type ImageContent = Buffer | string;

/** Files beyond this can only be read piece by piece. */
const MOST_READ = 2 ** 31 - 1;

/**
 * What an image is decoded of: of a page its path, so that a file of many pages is not read for each; and of a large file, but for
 * bitmaps and DICOM files, which are decoded from memory.
 *
 * @param most bytes of a file that is read as a whole
 * @throws UserError if the file cannot be read, or has no such page
 */
export async function contentOf(path: string, most = MOST_READ): Promise<ImageContent> {
  const { file, page } = placeOf(path);
  if (page === undefined) return (await isReadInParts(path, most)) ? path : readBytes(path);
  const pages = await pageCount(file);
  if (page <= pages) return path;
  throw new UserError({
    what: file,
    got: pages === 1 ? '1 page' : `${pages} pages`,
    expected: `page ${page}, as --pages says`,
    fix: 'take the file away, or name a page that it has',
  });
}

/** What cannot be opened is told of where it is read. */
async function isReadInParts(path: string, most: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size <= most) return false;
  const bytes = await beginningOf(path).catch(() => undefined);
  return bytes !== undefined && !isBmp(bytes) && !isDicom(bytes);
}

/** Hexadecimal SHA-256 of an image's file; of a page that of the file's hash with the page's number. */
export async function hashOf(content: ImageContent): Promise<string> {
  if (typeof content !== 'string') return sha256(content);
  const { file, page } = placeOf(content);
  const hash = await hashOfFile(file);
  return page === undefined ? hash : sha256(Buffer.from(`${hash}#page=${page}`));
}

/** Whether pixels are only about what was saved. */
export function isLossyContent(content: ImageContent): Promise<boolean> {
  return inContent(content, isLossy);
}

/** Where the pages of TIFF files begin, as far as they were looked for. */
const directories = new KnownFiles<number[]>();

/** What the page of a TIFF file says; the first, unless it is of another. */
export async function tiffHeaderOf(content: ImageContent): Promise<TiffHeader | undefined> {
  const { file, page = 1 } = typeof content === 'string' ? placeOf(content) : {};
  return inContent(content, async (read) =>
    readTiffHeader(read, page, file && page > 1 ? await directories.of(file, async () => []) : []),
  );
}

/** Reads parts of a file. @throws NoRegularFile, and what the system says */
async function inContent<Result>(
  content: ImageContent,
  use: (read: ReadAt) => Promise<Result>,
): Promise<Result> {
  if (typeof content !== 'string') return use(async (at, length) => content.subarray(at, at + length));
  const { file } = placeOf(content);
  expectRegular(await stat(file));
  const opened = await open(file);
  try {
    return await use(
      inPieces(async (at, length) => {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await opened.read(bytes, 0, length, at);
        return bytes.subarray(0, bytesRead);
      }),
    );
  } finally {
    await opened.close();
  }
}

/** A system reads no less than that from a disk. */
const PIECE = 4096;

/** Reads what is shorter out of a piece, one after the other. */
function inPieces(read: ReadAt): ReadAt {
  let from = 0;
  let piece: Uint8Array = new Uint8Array();
  return async (at, length) => {
    if (length > PIECE) return read(at, length);
    if (at < from || at + length > from + piece.length) [from, piece] = [at, await read(at, PIECE)];
    return piece.subarray(at - from, at - from + length);
  };
}

/** How many bytes its file has. */
export async function lengthOf(content: ImageContent): Promise<number> {
  return typeof content === 'string' ? (await stat(placeOf(content).file)).size : content.length;
}

/** What format an image has: see `formatOf`. */
export async function formatOfContent(content: ImageContent): Promise<string> {
  return formatOf(typeof content === 'string' ? await beginningOf(placeOf(content).file) : content);
}

/**
 * Looks at a file's first bytes before a decoder does, which reads more formats than are meant here.
 *
 * @throws UserError saying what it is, if that is none of them
 */
export async function expectImage(content: ImageContent, path: string): Promise<void> {
  const bytes = typeof content === 'string' ? await beginningOf(placeOf(content).file) : content;
  const other = otherFormat(bytes);
  if (other !== undefined) throw complaint(path, other);
}

/** The first bytes of a file. @throws NoRegularFile, and what the system says */
export function beginningOf(file: string): Promise<Uint8Array> {
  return inContent(file, (read) => read(0, BEGINNING));
}

/** The decoder's own limits: they are for services that strangers send files to. */
export const UNLIMITED = { limitInputPixels: false, limitInputChannels: false } as const;

/** Formats whose files may hold several images of one kind. */
const WITH_PAGES = ['tiff', 'bigtiff', 'gif', 'webp'];

const counts = new KnownFiles<number>();

/** How many pages, or frames, a file has. @throws UserError if it cannot be read */
export async function pageCount(file: string): Promise<number> {
  try {
    return await counts.of(file, async () => {
      if (!WITH_PAGES.includes(formatOf(await beginningOf(file)))) return 1;
      return (await sharp(file, UNLIMITED).metadata()).pages ?? 1;
    });
  } catch (error) {
    throw unreadable(file, error);
  }
}

const hashes = new KnownFiles<string>();

/** Of a file whose pages are read, which is read as a whole once in a thread. */
async function hashOfFile(file: string): Promise<string> {
  try {
    return await hashes.of(file, () => streamedHash(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function streamedHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}
