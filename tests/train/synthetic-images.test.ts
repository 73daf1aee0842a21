import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { pretrain } from '../../src/index.ts';
import { makePreview } from '../../src/report/preview.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runFineTuning } from '../../src/train/train.node.ts';
import { readSplits, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings, stems } = await tinySettings(root, 12);
const { data: _, ...withoutData } = settings;
const images = 'synthetic:8';

beforeAll(() => {
  vi.stubEnv('FEWMASK_CACHE', at('cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
});

test('beside a data folder they are all that is trained on, and its images validate', async () => {
  const summary = await pretrain({ ...settings, images, labels: 6 }, { out: at('foreign') });
  expect(summary.images).toBe(8);
  const { train, validation } = await readSplits(at('foreign'));
  expect(train).toEqual(Array.from({ length: 8 }, (_, i) => `plain-synthetic-000${i + 1}`));
  expect(validation.length).toBeGreaterThan(0);
  expect(validation.every((stem) => stems.includes(stem))).toBe(true);
  expect(await readFile(at('foreign', 'config.yaml'), 'utf8')).toMatch(/^images: synthetic:8$/m);
  expect(await readFile(at('foreign', 'report.html'), 'utf8')).not.toContain('no reconstructed pictures');
  const start = { ...settings, pretrained: at('foreign'), maxSteps: 1 };
  expect((await runFineTuning(start, { out: at('seg') })).steps).toBe(1);
});

test('alone they train and validate; where the kept ones are gone, they are drawn again for what comes later', async () => {
  const whole = await pretrain({ ...withoutData, images }, { out: at('alone') });
  const { train, validation } = await readSplits(at('alone'));
  expect([train.length, validation.length]).toEqual([6, 2]);
  expect(whole.images).toBe(6);
  await rm(at('cache'), { recursive: true });
  const { result } = await auditRun({ run: at('alone') });
  expect(result.images).toBe(2);
  await rm(at('cache'), { recursive: true });
  const cut = {
    onStep: () => {
      throw new Error('power cut');
    },
  };
  await expect(runPretraining({ ...withoutData, images }, { out: at('cut') }, cut)).rejects.toThrow(
    'power cut',
  );
  await rm(at('cache'), { recursive: true });
  await runPretraining({} as typeof settings, { out: at('cut'), resume: true });
  expect(await weightHash(at('cut'), 'last')).toBe(await weightHash(at('alone'), 'last'));
});

test('they can be previewed', async () => {
  const preview = await makePreview({ images, size: 32, count: 2 }, { out: at('preview.png') });
  expect(preview.images).toEqual(['plain-synthetic-0001', 'plain-synthetic-0002']);
});
