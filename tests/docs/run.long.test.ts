import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('every command of the documents does what they say', { timeout: 3_600_000 }, () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const done = spawnSync('npx', ['tsx', 'scripts/run-docs.ts'], { cwd: root, encoding: 'utf8' });
  expect(done.status, done.stdout + done.stderr).toBe(0);
});
