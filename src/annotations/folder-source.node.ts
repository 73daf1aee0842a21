import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../core/errors.ts';
import { notReadable, readNamed } from '../core/files.node.ts';
import { decodeText } from '../core/text.ts';
import type { ImageSize, Source } from './source.ts';

/** Files on a disk, and which of them were read. */
export interface FolderSource extends Source {
  readonly root: string;
  /** The full paths of files that were read as annotations. */
  readonly read: ReadonlySet<string>;
}

/**
 * A folder with all that is below it; or a file of annotations, with all that is below its folder.
 *
 * @throws UserError if there is no such file or folder
 */
export async function folderSource(path: string): Promise<FolderSource> {
  const entry = await stat(path).catch((error) => {
    throw notReadable(path, 'a folder, or a file of annotations', error);
  });
  const isFolder = entry.isDirectory();
  const root = isFolder ? path : dirname(path);
  const read = new Set<string>();
  const bytes = (file: string) => {
    read.add(join(root, file));
    return readNamed(join(root, file), 'a file that can be read');
  };
  return {
    name: root,
    root,
    read,
    files: await filesBelow(root),
    ...(!isFolder && { only: basename(path) }),
    bytes,
    text: async (file) => decodeText(await bytes(file), join(root, file)),
    sizeOf: (file) => imageSize(join(root, file)),
  };
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const isFile =
        entry.isFile() || (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isFile());
      return isFile ? [relative(root, path).split(sep).join('/')] : [];
    }),
  );
  return files
    .flat()
    .filter((path) => !/(^|\/)\./.test(path))
    .sort();
}

/** The size of an image, upright, and how it is stored. @throws UserError naming the file if it is no image */
async function imageSize(path: string): Promise<ImageSize> {
  try {
    const { width, height, orientation = 1 } = await sharp(path, { limitInputPixels: false }).metadata();
    return orientation >= 5 ? { width: height, height: width, orientation } : { width, height, orientation };
  } catch (error) {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    // A bitmap's header: its own length, then width and height; of a negative height rows come from above.
    if (bytes.length >= 26 && bytes.toString('latin1', 0, 2) === 'BM' && bytes.readUInt32LE(14) >= 40) {
      return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)), orientation: 1 };
    }
    const [reason] = (error as Error).message.split('\n');
    throw new UserError({
      what: path,
      got: `a file that cannot be read (${reason})`,
      expected: 'a complete image',
      fix: 'restore the file or take it away',
    });
  }
}
