import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCK } from '../../src/core/lock/held.node.ts';
import { complaint, fewmask, fewmaskKilled } from '../support/cli.ts';
import { outcome } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const { data, encoder, decoderChannels } = settings;
const flags = {
  ...{ data, encoder, 'decoder-channels': decoderChannels.join(), size: 32, batch: 2, threads: 1 },
  ...{ epochs: 40, patience: 0, recipe: 'classic' },
};
const args = [
  'train',
  '--no-pictures',
  ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, `${value}`]),
];

test('of two processes that write one folder the second is refused, and the first one is not disturbed', async () => {
  const [alone, shared] = [join(root, 'alone'), join(root, 'shared')];
  expect(await fewmask([...args, '--out', alone])).toMatchObject({ code: 0 });
  const first = fewmask([...args, '--out', shared]);
  await expect.poll(() => existsSync(join(shared, LOCK)), { timeout: 30_000, interval: 5 }).toBe(true);
  for (const more of [[], ['--overwrite'], ['--resume']]) {
    expect(await complaint([...args, '--out', shared, ...more])).toMatch(/being written \(process \d+ on /);
  }
  expect(await first).toMatchObject({ code: 0 });
  expect(await outcome(shared)).toEqual(await outcome(alone));
  expect(existsSync(join(shared, LOCK))).toBe(false);
});

test('the folder of a process that was killed is taken over', async () => {
  const out = join(root, 'killed');
  const metrics = join(out, 'metrics.jsonl');
  await fewmaskKilled([...args, '--out', out], root, async () => existsSync(metrics));
  const { pid } = JSON.parse(await readFile(join(out, LOCK), 'utf8')) as { pid: number };
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(await fewmask([...args, '--out', out, '--resume'])).toMatchObject({ code: 0 });
  expect(existsSync(join(out, LOCK))).toBe(false);
  expect(await outcome(out)).toEqual(await outcome(join(root, 'alone')));
});
