import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { readRegular } from '../../core/files.node.ts';
import { nearest } from '../../core/nearest.ts';
import { decodeText } from '../../core/text.ts';
import { isCode, some, stemOf, unreadable } from './image-files.node.ts';

export const listNames = ['train', 'val', 'test'] as const;
export type ListName = (typeof listNames)[number];

/** Stems of images by the list that names them, in its order. */
export type Lists = Readonly<Partial<Record<ListName, readonly string[]>>>;

/**
 * The lists of a folder, `train.txt`, `val.txt` and `test.txt`, a stem a line.
 *
 * @param names of all images, with their stems; of a file of several pages with those of the pages
 * @param warnings takes what is odd about them
 * @throws UserError for a line that names no image
 */
export async function readLists(root: string, names: Names, warnings: string[]): Promise<Lists> {
  const lists: Partial<Record<ListName, string[]>> = {};
  for (const name of listNames) {
    const list = await readList(join(root, `${name}.txt`), names, warnings);
    if (list !== undefined) lists[name] = list;
  }
  for (const [a, b] of [
    ['train', 'val'],
    ['train', 'test'],
    ['val', 'test'],
  ] as const) {
    const inB = new Set(lists[b]);
    const both = (lists[a] ?? []).filter((stem) => inB.has(stem));
    if (both.length > 0) {
      warnings.push(`${counted(both.length, 'stem')} in both ${a}.txt and ${b}.txt: ${some(both)}`);
    }
  }
  return lists;
}

type Names = ReadonlyMap<string, readonly string[]>;

async function readList(path: string, known: Names, warnings: string[]): Promise<string[] | undefined> {
  let text: string;
  try {
    text = decodeText(await readRegular(path), path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error instanceof UserError ? error : unreadable(path, error);
  }
  const stems = new Set<string>();
  const repeated: string[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim().normalize('NFC');
    if (line === '') continue;
    const stem = known.has(line) ? line : stemOf(line);
    if (!known.has(stem)) {
      const near = nearest(stem, [...known.keys()]);
      throw new UserError({
        what: `${path}, line ${index + 1}`,
        got: `"${line}", which no file in images/ has as its name`,
        expected:
          near === undefined ? 'the name of an image' : `the name of an image (the nearest is "${near}")`,
        fix: 'correct the line, or add the image',
      });
    }
    for (const each of known.get(stem)!) {
      if (stems.has(each)) repeated.push(each);
      stems.add(each);
    }
  }
  if (stems.size === 0) warnings.push(`${path} is an empty list`);
  if (repeated.length > 0) {
    warnings.push(`${counted(repeated.length, 'line')} repeated in ${path} and ignored: ${some(repeated)}`);
  }
  return [...stems];
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} is` : `${count} ${noun}s are`;
}
