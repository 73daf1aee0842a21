import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PAGE } from '../../src/serve/page-files.node.ts';

/** In bytes, compressed: all that is built, without the runtime of networks. */
const MOST = 300_000;

test('the built page is small, and what computes is loaded when it is needed', async () => {
  const assets = join(PAGE, 'assets');
  const names = await readdir(assets);
  const sizes = await Promise.all(
    names
      .filter((name) => !name.startsWith('ort-wasm'))
      .map(async (name) => gzipSync(await readFile(join(assets, name))).length),
  );
  expect(names.filter((name) => name.startsWith('ort-wasm'))).toHaveLength(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST);
  // What the page begins with.
  const html = await readFile(join(PAGE, 'index.html'), 'utf8');
  const begun = names.filter((name) => name.endsWith('.js') && html.includes(name));
  expect(begun.length).toBeGreaterThan(0);
  for (const name of begun) {
    const text = await readFile(join(assets, name), 'utf8');
    for (const later of names.filter((other) => /^(worker|ort-wasm)/.test(other)))
      expect(text.includes(later), `${name} names ${later}`).toBe(false);
  }
});
