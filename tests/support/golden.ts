import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/**
 * Compares a text with the file of this name under tests/golden. Where they differ the new text is written beside it
 * as `<name>.new`; run the tests with UPDATE_GOLDEN=1 to accept it.
 */
export function expectGolden(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  rmSync(`${file}.new`, { force: true });
  if (text === expected) return;
  mkdirSync(dirname(file), { recursive: true });
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(file, text);
    return;
  }
  writeFileSync(`${file}.new`, text);
  expect(text, `${name}: see ${name}.new beside it; UPDATE_GOLDEN=1 accepts it`).toBe(expected ?? '');
}
