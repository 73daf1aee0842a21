import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { pretrain } from '../../src/index.ts';
import { makePreview } from '../../src/report/preview.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { listening } from '../support/listening.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings, stems } = await tinySettings(root, 12);
const { data: _, ...withoutData } = settings;
const plain = 'synthetic:8';

beforeAll(() => {
  vi.stubEnv('FEWMASK_CACHE', at('cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

test('beside a data folder they are all that is trained on, and its images validate', async () => {
  const options = { ...settings, plain, labels: 6, maxSteps: 1 };
  expect((await pretrain(options, { out: at('foreign') })).images).toBe(8);
  const { train, validation } = await readSplits(at('foreign'));
  expect(train).toEqual(Array.from({ length: 8 }, (_, i) => `plain-synthetic-000${i + 1}`));
  expect(validation.length).toBeGreaterThan(0);
  expect(validation.every((stem) => stems.includes(stem))).toBe(true);
  expect(await readFile(at('foreign', 'config.yaml'), 'utf8')).toMatch(/^plain: synthetic:8$/m);
  expect(await readFile(at('foreign', 'report.html'), 'utf8')).not.toContain('no reconstructed pictures');
});

test('alone they train and validate; kept ones that are gone are drawn again, the same, for what comes later', async () => {
  const run = { out: at('alone') };
  const cut = {
    step: () => {
      throw new Error('power cut');
    },
  };
  await expect(runPretraining({ ...withoutData, plain }, { ...run, ...listening(cut) })).rejects.toThrow(
    'power cut',
  );
  const { train, validation } = await readSplits(run.out);
  expect([train.length, validation.length]).toEqual([6, 2]);
  await rm(at('cache'), { recursive: true });
  // Images whose hashes had changed would be refused.
  expect((await runPretraining({} as typeof settings, { ...run, resume: true })).images).toBe(6);
  await rm(at('cache'), { recursive: true });
  expect((await auditRun({ run: run.out })).result.images).toBe(2);
});

test('they can be previewed', async () => {
  const preview = await makePreview({ plain, size: 32, count: 2 }, { out: at('preview.png') });
  expect(preview.images).toEqual(['plain-synthetic-0001', 'plain-synthetic-0002']);
});
