import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { inside, read, root } from './documents.ts';

/** The table of rooms: a row each, with the files that it names. */
const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `([\w.]+)` \| (.*) \|$/gm)].map(([, room, text]) => ({
  room,
  named: [...text.matchAll(/`([\w./-]+\.tsx?)`/g)].map(([, path]) => path),
}));

test('it names every room of src, and no other', () => {
  expect(rows.map(({ room }) => room).sort()).toEqual(readdirSync(join(root, 'src')).sort());
});

test.each(rows)('files that it names in the row of $room are there', ({ room, named }) => {
  const files = inside('src', '.ts').filter((path) => path.startsWith(`src/${room}/`));
  const isThere = (path: string) =>
    existsSync(join(root, 'src', room, path)) ||
    existsSync(join(root, 'src', path)) ||
    (!path.includes('/') && files.some((file) => basename(file) === path));
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});
