import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PRETEXT_NAMES } from '../../src/data/pretexts/index.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { readMetrics, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const tiny = { ...settings, epochs: 1, maxSteps: 2, maskPatch: 8 } as const;
const run = (name: string) => join(root, name);

const hashes = new Map<string, string>();

beforeAll(async () => {
  for (const pretext of PRETEXT_NAMES) {
    await runPretraining({ ...tiny, pretext }, { out: run(pretext) });
    hashes.set(pretext, await weightHash(run(pretext), 'last'));
  }
});

describe.each(PRETEXT_NAMES)('pretraining by %s', (pretext) => {
  test('gives the same bytes with other workers and no memory, and other ones than any other task', async () => {
    const again = run(`${pretext}-again`);
    await runPretraining({ ...tiny, pretext, workers: 3, memory: 1 }, { out: again });
    expect(await weightHash(again, 'last')).toBe(hashes.get(pretext));
    expect(await weightHash(again, 'best')).toBe(await weightHash(run(pretext), 'best'));
    expect(new Set(hashes.values()).size).toBe(PRETEXT_NAMES.length);
  });

  test('is validated on the same task', async () => {
    const [row] = (await readMetrics(run(pretext))).epochs;
    // The loss counts values in [-1, 1], unclipped; the score those in [0, 1], clipped.
    expect(row.val_loss).toBeGreaterThanOrEqual(4 * row.val_mse * (1 - 1e-5));
    expect(row.val_mse).toBeGreaterThan(0);
  });
});

test('a loss of hidden pixels alone is another loss than that of all', async () => {
  const out = run('mask-all');
  await runPretraining({ ...tiny, pretext: 'mask', maskLoss: 'all' }, { out });
  const [masked, all] = await Promise.all([run('mask'), out].map(readMetrics));
  expect(masked.steps[0].train_loss).not.toBe(all.steps[0].train_loss);
  expect(await weightHash(out, 'last')).not.toBe(hashes.get('mask'));
});
