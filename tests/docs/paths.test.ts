import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { documents, inside, read, root } from './documents.ts';

const sources = [...inside('src', '.ts'), ...inside('scripts', '.ts'), ...inside('scripts', '.mjs')];
const names = new Set(sources.map((file) => basename(file)));

/** A path in a document is that of the repository, of the sources, or a file's name alone. */
const exists = (path: string) =>
  [path, `src/${path}`].some((each) => existsSync(join(root, each))) ||
  (!path.includes('/') && names.has(path));

test.each(documents)('%s names source files that are there', (document) => {
  const named = [...read(document).matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)].map(([, path]) => path);
  expect(named.filter((path) => !exists(path))).toEqual([]);
});
