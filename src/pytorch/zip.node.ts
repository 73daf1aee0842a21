import { crc32 } from 'node:zlib';
import type { ByteSource } from '../core/byte-source.ts';
import type { UserError } from '../core/errors.ts';
import { damagedFile } from './refusals.ts';

/** A file in a zip file. */
interface Entry {
  readonly crc: number;
  readonly size: number;
  /** As it lies in the file: of a stored file the same. */
  readonly packed: number;
  readonly stored: boolean;
  /** Of its local header. */
  readonly at: number;
}

/** A zip file (PKWARE's APPNOTE) whose files are stored as they are, as torch.save writes them. */
export interface Zip {
  /** In the order of the directory. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * The content of a file that it has.
   *
   * @throws UserError if it is compressed, cut, or its checksum is not that of the directory
   */
  read(name: string): Uint8Array;
}

const SIGNATURES = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, entry: 0x02014b50 };
const [END, LOCATOR, END64, ENTRY, LOCAL] = [22, 20, 56, 46, 30];
const LONGEST_COMMENT = 0xffff;
/** The directory of a model has 100 bytes a tensor. */
const LARGEST_DIRECTORY = 64 * 1024 * 1024;
/** What stands in place of a number that is too large for 32 bits. */
const ELSEWHERE = 0xffffffff;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const long = (view: DataView, at: number) => Number(view.getBigUint64(at, true));

/** @throws UserError if the directory of the zip file is not there or tells of what is not */
export function openZip(source: ByteSource, file: string): Zip {
  const damaged = (got: string) => damagedFile(file, got);
  const part = (from: number, size: number): DataView => {
    if (!(from >= 0 && size <= LARGEST_DIRECTORY && from + size <= source.length))
      throw damaged('a zip file whose directory is not where it should be');
    return viewOf(source.read(from, from + size));
  };
  const entries = entriesIn(directoryOf(source, part, damaged), damaged);
  // Otherwise a small file could be read many times over.
  const sum = [...entries.values()].reduce((total, { packed }) => total + packed, 0);
  if (sum > source.length) throw damaged('a zip file with parts that overlap');
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    read: (name) => contentOfEntry(source, entries.get(name)!, part, damaged, `its part ${name}`),
  };
}

type Part = (from: number, size: number) => DataView;
type Damaged = (got: string) => UserError;

/** The directory, which the end of the file tells of. */
function directoryOf(source: ByteSource, part: Part, damaged: Damaged): DataView {
  const length = Math.min(source.length, END + LONGEST_COMMENT);
  const tail = part(source.length - length, length);
  let at = length - END;
  while (at >= 0 && tail.getUint32(at, true) !== SIGNATURES.end) at--;
  if (at < 0) throw damaged('a zip file without its end');
  const [size, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const place = source.length - length + at - LOCATOR;
  if (place < 0) return part(from, size);
  const locator = part(place, LOCATOR);
  if (locator.getUint32(0, true) !== SIGNATURES.locator64) return part(from, size);
  const end = part(long(locator, 8), END64);
  if (end.getUint32(0, true) !== SIGNATURES.end64) throw damaged('a zip file without its end');
  return part(long(end, 48), long(end, 40));
}

function entriesIn(directory: DataView, damaged: Damaged): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  let at = 0;
  while (at < directory.byteLength) {
    const fits = at + ENTRY <= directory.byteLength && directory.getUint32(at, true) === SIGNATURES.entry;
    if (!fits) throw damaged('a zip file with a damaged directory');
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const end = at + ENTRY + name + extra + comment;
    if (end > directory.byteLength) throw damaged('a zip file with a damaged directory');
    const bytes = (from: number, size: number) =>
      new Uint8Array(directory.buffer, directory.byteOffset + from, size);
    const more = viewOf(bytes(at + ENTRY + name, extra));
    const [packed, size, place] = wide(
      [20, 24, 42].map((field) => directory.getUint32(at + field, true)),
      more,
    );
    const method = directory.getUint16(at + 10, true);
    const stored = method === 0 && packed === size;
    const crc = directory.getUint32(at + 16, true);
    const text = new TextDecoder().decode(bytes(at + ENTRY, name));
    entries.set(text, { crc, size, packed, stored, at: place });
    at = end;
  }
  return entries;
}

/** Compressed size, size and place, where need be from the field of 64-bit numbers, which has them in another order. */
function wide([packed, size, place]: number[], extra: DataView): number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1)
    at += 4 + extra.getUint16(at + 2, true);
  at += 4;
  const next = (value: number) => {
    if (value !== ELSEWHERE || at + 8 > extra.byteLength) return value;
    at += 8;
    return long(extra, at - 8);
  };
  const [wideSize, widePacked] = [next(size), next(packed)];
  return [widePacked, wideSize, next(place)];
}

function contentOfEntry(
  source: ByteSource,
  { crc, stored, size, at }: Entry,
  part: Part,
  damaged: Damaged,
  what: string,
): Uint8Array {
  if (!stored) throw damaged(`${what} compressed, which torch.save does not do,`);
  const local = part(at, LOCAL);
  const from = at + LOCAL + local.getUint16(26, true) + local.getUint16(28, true);
  if (from + size > source.length) throw damaged(`${what} up to byte ${from + size} of ${source.length}`);
  const content = source.read(from, from + size);
  if (crc32(content) !== crc) throw damaged(`${what} with another checksum than the file says`);
  return content;
}
