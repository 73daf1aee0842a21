import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Dirent, existsSync, readdirSync, type Stats } from 'node:fs';
import { appendFile, copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from './errors.ts';
import { makeFolder } from './folders.node.ts';
import { expectStillHeld } from './lock/held.node.ts';
import { inOneLine } from './printable.ts';
import { decodeText } from './text.ts';

/**
 * Does what writes to a place.
 *
 * @throws UserError naming the place and what the file system said, if that fails
 */
export async function writing<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const { got, fix } = UNWRITABLE[code ?? ''] ?? OTHERWISE;
    throw new UserError({ what: path, got: `${got} (${code})`, expected: 'a place to write to', fix });
  }
}

interface Unwritable {
  readonly got: string;
  readonly fix: string;
}

/** What the system's codes say of a place. */
const UNWRITABLE: Readonly<Record<string, Unwritable>> = {
  EROFS: { got: 'a read-only disk', fix: 'choose a place on another' },
  ENOSPC: { got: 'no room on the disk', fix: 'make room, or choose a place on another' },
  EDQUOT: { got: 'no room left of what this user may fill', fix: 'make room, or choose another place' },
  EACCES: { got: 'no right to write', fix: 'choose another place, or change its rights' },
  EPERM: { got: 'no right to write', fix: 'choose another place, or change its rights' },
  EEXIST: { got: 'a file where a folder would have to be', fix: 'check the path' },
  ENOTDIR: { got: 'a file where a folder would have to be', fix: 'check the path' },
  ENAMETOOLONG: { got: 'a name that is too long here', fix: 'take a shorter one' },
};
const OTHERWISE: Unwritable = {
  got: 'an error on writing',
  fix: 'check the path, its rights and the room on the disk',
};

/** Most bytes of a name that those beside it take over, so that a file system which limits names to 255 takes them. */
const MOST_OF_NAME = 200;

/** Where a file is written before it is moved to its place: a name of its own in the same folder. */
export function besidePath(path: string): string {
  const name = new TextDecoder().decode(Buffer.from(basename(path)).subarray(0, MOST_OF_NAME));
  return join(dirname(path), `${name}.${randomUUID()}.part`);
}

/**
 * Makes the folders that a file is to lie in. To be asked before one is written: moved there, it would take the place even of
 * /dev/null.
 *
 * @returns where it is written first
 * @throws UserError for a folder, a pipe or a device in its place, and what the system says
 */
export async function preparePlace(path: string): Promise<string> {
  makeFolder(dirname(path));
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) {
    throw new UserError({
      what: path,
      got: there.isDirectory() ? 'a folder in the way' : `${kindOf(there)} in the way`,
      expected: 'a place for a file',
      fix: 'choose another place',
    });
  }
  return besidePath(path);
}

/**
 * Writes a file whole or not at all, whatever happens meanwhile: beside its place first, then, when the disk has it,
 * moved; of several writers the last one counts. Makes the folders it lies in.
 *
 * @throws UserError as `writing` does, and for a folder that another process has taken over
 */
export function writeWhole(path: string, content: Content): Promise<void> {
  return writeTogether([{ path, content }]);
}

type Content = string | Uint8Array | readonly Uint8Array[];

/**
 * Writes files that belong together as `writeWhole` writes one: all are beside their places before the first is moved, and if one cannot be
 * moved, those before it are put back.
 *
 * @throws UserError as `writeWhole` does; then the files are as they were
 */
export function writeTogether(
  files: readonly { readonly path: string; readonly content: Content }[],
): Promise<void> {
  const write = (content: Content) => (beside: string) => writeFile(beside, content, { flush: true });
  return placeTogether(files.map(({ path, content }) => ({ path, write: write(content) })));
}

/**
 * Copies a file as `writeWhole` writes one.
 *
 * @throws UserError as `writeWhole` does, and for a file that cannot be read
 */
export function copyWhole(from: string, path: string): Promise<void> {
  const write = (beside: string) => writeFile(beside, contentOf(from), { flush: true });
  return placeTogether([{ path, write }]);
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    expectRegular(await stat(path));
    yield* createReadStream(path);
  } catch (error) {
    throw notReadable(path, 'a file to copy', error);
  }
}

interface PlacedFile {
  readonly path: string;
  write(beside: string): Promise<void>;
}

async function placeTogether(files: readonly PlacedFile[]): Promise<void> {
  const left = new Set<string>();
  const placed: (() => Promise<void>)[] = [];
  const besides: string[] = [];
  try {
    for (const { path, write } of files) {
      expectStillHeld(path);
      await writing(path, async () => {
        const beside = await preparePlace(path);
        besides.push(beside);
        left.add(beside);
        await write(beside);
      });
    }
    for (const [i, { path }] of files.entries()) {
      await writing(path, async () => {
        expectStillHeld(path);
        if (files.length > 1) placed.push(await backTo(path, left));
        await rename(besides[i], path);
        left.delete(besides[i]);
      });
    }
  } catch (error) {
    for (const putBack of placed.reverse()) await putBack().catch(() => {});
    throw error;
  } finally {
    for (const path of left) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Keeps what lies at a place.
 *
 * @param left takes in the file that is to be removed at last
 * @returns what puts it back
 */
async function backTo(path: string, left: Set<string>): Promise<() => Promise<void>> {
  if (!existsSync(path)) return () => rm(path, { force: true });
  const kept = besidePath(path);
  left.add(kept);
  await copyFile(path, kept);
  return () => rename(kept, path);
}

/**
 * Writes a line at the end of a file, which is made if it is not there.
 *
 * @throws UserError as `writeWhole` does
 */
export async function appendLine(path: string, line: string): Promise<void> {
  expectStillHeld(path);
  await writing(path, () => appendFile(path, `${line}\n`));
}

/**
 * Removes what this program wrote, a file or a folder, if it is there.
 *
 * @throws UserError as `writeWhole` does
 */
export async function remove(path: string): Promise<void> {
  expectStillHeld(path);
  await writing(path, () => rm(path, { recursive: true, force: true }));
}

const UNFINISHED = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** Whether a file's name says that `writeWhole` was cut off in it: by a power cut, or a signal that cannot be caught. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** The name that a file has when it is written to its end. */
export const finishedName = (name: string): string => name.replace(UNFINISHED, '');

/**
 * Takes a folder's files away, last of all the one by which the folder is known: broken off, it can be done again.
 *
 * @param files paths in the folder, with one sort of separator
 * @throws UserError as `writing` does
 */
export async function removeFiles(folder: string, files: readonly string[], known: string): Promise<void> {
  for (const file of files) if (file !== known) await remove(join(folder, file));
  if (files.includes(known)) await remove(join(folder, known));
}

/** @throws UserError if something lies where a file is to be written */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new UserError({
    what: path,
    got: 'a file in the way',
    expected: 'none',
    fix: 'choose another place, or pass --overwrite',
  });
}

/** What is no file of bytes: its message says what it is. */
export class NoRegularFile extends Error {}

/** @throws NoRegularFile for a pipe, which may be waited for without end, and for a device, which may go on without end */
export function expectRegular(entry: Stats): void {
  if (entry.isFile() || entry.isDirectory()) return;
  throw new NoRegularFile(kindOf(entry));
}

const kindOf = (entry: Stats): string =>
  entry.isFIFO() ? 'a pipe' : entry.isSocket() ? 'a socket' : 'a device';

/**
 * The content of a file, or of one that a link leads to; the system limits it to 2 GiB.
 *
 * @throws NoRegularFile for anything else, and what the system says
 */
export async function readRegular(path: string): Promise<Buffer> {
  expectRegular(await stat(path));
  return readFile(path);
}

/** Reads a file that the user has named, or that lies in a folder of theirs. */
export async function readNamed(path: string, expected: string): Promise<Buffer> {
  try {
    return await readRegular(path);
  } catch (error) {
    throw notReadable(path, expected, error);
  }
}

/** The text of a file that the user has named; also what comes from a pipe, such as `<(..)` of a shell. */
export async function readText(path: string, expected: string): Promise<string> {
  const pipe = (await stat(path).catch(() => undefined))?.isFIFO();
  return decodeText(pipe ? await readFile(path) : await readNamed(path, expected), path);
}

/** What stands for bytes that are no UTF-8 in a name that is read as text. */
const NO_LETTER = '\ufffd';

/** What is told of a path that leads nowhere because a name in it is no UTF-8: then text cannot say it. Undefined of others. */
export function misnamed(path: string): UserError | undefined {
  const folder = dirname(path);
  if (folder.includes(NO_LETTER)) return misnamed(folder);
  if (!path.includes(NO_LETTER) || !existsSync(folder)) return undefined;
  const name = readdirSync(folder, { encoding: 'buffer' }).find((each) => each.toString() === basename(path));
  if (!name) return undefined;
  const shown = Array.from(name, (byte) =>
    byte < 128 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
  );
  return new UserError({
    what: path,
    got: `a name whose bytes are no UTF-8, ${inOneLine(shown.join(''))}`,
    expected: 'names in UTF-8',
    fix: 'rename it, or all of a folder, such as by convmv -r -f latin1 -t utf8 --notest',
  });
}

/**
 * What lies in a folder, or anywhere below it.
 *
 * @throws UserError for a folder whose name is no UTF-8, and what the system says
 */
export async function folderEntries(
  folder: string,
  { recursive }: { readonly recursive: boolean },
): Promise<Dirent[]> {
  try {
    return await readdir(folder, { recursive, withFileTypes: true });
  } catch (error) {
    const { code, path = folder } = error as NodeJS.ErrnoException;
    throw (code === 'ENOENT' && misnamed(path)) || error;
  }
}

/** What is told of a file that the system does not let us read. */
export function notReadable(path: string, expected: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  const wrong = code === 'ENOENT' ? misnamed(path) : undefined;
  if (wrong) return wrong;
  const regular = !(error instanceof NoRegularFile);
  return new UserError({
    what: path,
    got: !regular ? error.message : code === 'ENOENT' ? 'no such file' : `an error (${code})`,
    expected,
    fix: 'check the path',
  });
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
