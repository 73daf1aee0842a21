import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { folderEntries, notReadable, readNamed } from '../core/files.node.ts';
import { isImage } from '../core/image-endings.ts';
import { decodeText } from '../core/text.ts';
import type { Source } from './source.ts';

/** Files on a disk, and which of them were read. */
export interface FolderSource extends Source {
  readonly root: string;
  /** The full paths of files that were read as annotations. */
  readonly read: ReadonlySet<string>;
}

/** What reads the sizes of image files, by their full paths. */
export type ImageReaders = Pick<Source, 'sizeOf'>;

/** Folders of annotations whose images lie beside them, as COCO has it. */
const BESIDE_IMAGES = /^(annotations?|labels?|json)$/i;

/**
 * A folder with all that is below it; or a file of annotations, with all that is below its folder, or below the folder around
 * `annotations`, if no images lie in that.
 *
 * @throws UserError if there is no such file or folder
 */
export async function folderSource(path: string, { sizeOf }: ImageReaders): Promise<FolderSource> {
  const entry = await stat(path).catch((error) => {
    throw notReadable(path, 'a folder, or a file of annotations', error);
  });
  const isFolder = entry.isDirectory();
  const { root, files } = await around(isFolder ? path : dirname(path), isFolder);
  const read = new Set<string>();
  const sizes = new Map<string, ReturnType<Source['sizeOf']>>();
  const bytes = (file: string) => {
    read.add(join(root, file));
    return readNamed(join(root, file), 'a file that can be read');
  };
  return {
    name: root,
    root,
    read,
    files,
    ...(!isFolder && { only: placeIn(root, path) }),
    bytes,
    text: async (file) => decodeText(await bytes(file), join(root, file)),
    // Readers of formats ask for it, and so does whoever settles what they have read.
    sizeOf: (file) => {
      const size = sizes.get(file) ?? sizeOf(join(root, file));
      sizes.set(file, size);
      return size;
    },
  };
}

/** The folder that holds the images, too. */
async function around(folder: string, given: boolean) {
  const files = await filesBelow(folder);
  const own = given || files.some(isImage) || !BESIDE_IMAGES.test(basename(resolve(folder)));
  const above = join(folder, '..');
  return own ? { root: folder, files } : { root: above, files: await filesBelow(above) };
}

const placeIn = (root: string, path: string) => relative(root, path).split(sep).join('/');

async function filesBelow(root: string): Promise<string[]> {
  const entries = await folderEntries(root, { recursive: true });
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const isFile =
        entry.isFile() || (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isFile());
      return isFile ? [placeIn(root, path)] : [];
    }),
  );
  return files
    .flat()
    .filter((path) => !/(^|\/)\./.test(path))
    .sort();
}
