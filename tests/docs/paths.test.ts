import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inside = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith(ending),
  );

const sources = [...inside('src', '.ts'), ...inside('scripts', '.ts'), ...inside('scripts', '.mjs')];
const names = new Set(sources.map((file) => basename(file)));
const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...inside('docs', '.md').map((name) => `docs/${name}`),
];

/** A path in a document is that of the repository, of the sources, or a file's name alone. */
const exists = (path: string) =>
  [path, `src/${path}`].some((each) => existsSync(join(root, each))) ||
  (!path.includes('/') && names.has(path));

test.each(documents)('%s names source files that are there', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)].map(([, path]) => path);
  expect(named.filter((path) => !exists(path))).toEqual([]);
});

test.each(documents)('%s links to files that are there', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => path);
  expect(links.filter((path) => !existsSync(join(root, dirname(document), path)))).toEqual([]);
});
