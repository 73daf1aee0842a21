import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bin } from '../support/cli.ts';

test.runIf(existsSync('/dev/full'))('a result that a full disk does not take is told of, and exits 3', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'encoders'], {
      stdio: ['ignore', full, 'pipe'],
    });
    expect(status).toBe(3);
    expect(`${stderr}`).toMatch(
      /^fewmask: standard output: got an error on writing \(ENOSPC\), expected .*\n$/,
    );
  } finally {
    closeSync(full);
  }
});

test('of a reader that has left nothing is said', () => {
  const pipeline = `'${process.execPath}' '${bin}' encoders | true`;
  const { stderr } = spawnSync('bash', ['-c', pipeline], { stdio: ['ignore', 'pipe', 'pipe'] });
  expect(`${stderr}`).toBe('');
});
