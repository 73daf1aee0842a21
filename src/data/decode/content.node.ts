import { open, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError } from '../../core/errors.ts';
import { expectRegular, sha256 } from '../../core/files.node.ts';
import { complaint, readBytes, unreadable } from './bytes.node.ts';
import { BEGINNING, formatOf, otherFormat } from './format.ts';
import { isLossy } from './lossy.ts';
import { placeOf } from './page.ts';
import { readTiffHeader, type TiffHeader } from './tiff-header.ts';

/** What an image is decoded of: the bytes of its file, or the path, also of a page, of which only what is needed is read. */
export type ImageContent = Buffer | string;

/**
 * What an image is decoded of: of a page its path, so that a file of many pages is not read for each.
 *
 * @throws UserError if the file cannot be read, or has no such page
 */
export async function contentOf(path: string): Promise<ImageContent> {
  const { file, page } = placeOf(path);
  if (page === undefined) return readBytes(path);
  const pages = await pageCount(file);
  if (page <= pages) return path;
  throw new UserError({
    what: file,
    got: pages === 1 ? '1 page' : `${pages} pages`,
    expected: `page ${page}, as --pages says`,
    fix: 'take the file away, or name a page that it has',
  });
}

/** Hexadecimal SHA-256 of an image's file; of a page that of the file's hash with the page's number. */
export async function hashOf(content: ImageContent): Promise<string> {
  if (typeof content !== 'string') return sha256(content);
  const { file, page } = placeOf(content);
  return sha256(Buffer.from(`${(await factsOf(file)).hash}#page=${page}`));
}

/** Whether pixels are only about what was saved. */
export async function isLossyContent(content: ImageContent): Promise<boolean> {
  return typeof content === 'string' ? (await factsOf(placeOf(content).file)).lossy : isLossy(content);
}

/** What the first page of a TIFF file says. */
export async function tiffHeaderOf(content: ImageContent): Promise<TiffHeader | undefined> {
  return typeof content === 'string'
    ? (await factsOf(placeOf(content).file)).header
    : readTiffHeader(content);
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

/** The first bytes of a file, and zeros if it ends before. @throws NoRegularFile, and what the system says */
export async function beginningOf(file: string): Promise<Uint8Array> {
  expectRegular(await stat(file));
  const opened = await open(file);
  try {
    const bytes = new Uint8Array(BEGINNING);
    await opened.read(bytes, 0, bytes.length, 0);
    return bytes;
  } finally {
    await opened.close();
  }
}

/** Formats whose files may hold several images of one kind. */
const WITH_PAGES = ['tiff', 'bigtiff', 'gif', 'webp'];

/** How many pages, or frames, a file has. @throws UserError if it cannot be read */
export async function pageCount(file: string): Promise<number> {
  try {
    if (!WITH_PAGES.includes(formatOf(await beginningOf(file)))) return 1;
    return (await sharp(file, { limitInputPixels: false }).metadata()).pages ?? 1;
  } catch (error) {
    throw unreadable(file, error);
  }
}

interface FileFacts {
  readonly hash: string;
  readonly lossy: boolean;
  readonly header?: TiffHeader;
}

/** Of files whose pages are read, which are read as a whole once in a thread. */
const known = new Map<string, { readonly stamp: string; readonly facts: Promise<FileFacts> }>();

/** Pages are read file by file. */
const MOST_KNOWN = 16;

async function factsOf(file: string): Promise<FileFacts> {
  const { mtimeMs, size } = await stat(file).catch((error) => {
    throw unreadable(file, error);
  });
  const stamp = `${mtimeMs} ${size}`;
  const before = known.get(file);
  if (before?.stamp === stamp) return before.facts;
  const facts = readBytes(file).then(
    (bytes): FileFacts => ({ hash: sha256(bytes), lossy: isLossy(bytes), header: readTiffHeader(bytes) }),
  );
  known.delete(file);
  known.set(file, { stamp, facts });
  for (const oldest of [...known.keys()].slice(0, -MOST_KNOWN)) known.delete(oldest);
  return facts;
}
