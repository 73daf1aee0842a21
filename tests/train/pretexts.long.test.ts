import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { PRETEXT_NAMES } from '../../src/data/pretexts/index.ts';
import type { PretrainSummary } from '../../src/records/summaries.ts';
import { writeExamples } from '../../src/report/run/examples.node.ts';
import { readRun } from '../../src/report/run/read-run.node.ts';
import { runVerdict } from '../../src/report/run/run-report.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readMetrics, readWeights, weightHash } from '../support/read-run.ts';
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

test('pictures of hidden patches show the others as they were', async () => {
  const out = run('mask');
  await writeExamples(out);
  const { rows } = JSON.parse(await readFile(join(out, 'images/index.json'), 'utf8'));
  const [input, target, output] = await Promise.all(
    ['input', 'target', 'output'].map((name) =>
      sharp(join(out, 'images', rows[0][name]))
        .raw()
        .toBuffer(),
    ),
  );
  const kept = (picture: Buffer) => target.filter((value, i) => value === picture[i]).length / target.length;
  // Of 16 patches 10 are hidden; a value may be met by chance.
  for (const picture of [input, output]) expect(Math.abs(kept(picture) - 6 / 16)).toBeLessThan(0.05);
});

test('a mixture gives the same bytes with other workers and no memory, and other ones than its tasks', async () => {
  const mixture = { ...tiny, pretext: 'mask:1,colorize:1' } as const;
  await runPretraining(mixture, { out: run('mixture') });
  await runPretraining({ ...mixture, workers: 3, memory: 1 }, { out: run('mixture-again') });
  const hash = await weightHash(run('mixture'), 'last');
  expect(await weightHash(run('mixture-again'), 'last')).toBe(hash);
  expect([...hashes.values()]).not.toContain(hash);
  expect((await readWeights(run('mixture'), 'last')).metadata.pretext).toBe('mask:1,colorize:1');
});

describe('asked for noise', () => {
  const out = run('noise');
  let summary: PretrainSummary;
  beforeAll(async () => {
    const noise = { ...tiny, pretext: 'denoise', denoiseTarget: 'noise', sigma: 0.3 } as const;
    // Hardly moved, an output of small numbers is in error by what an output of zeros is.
    summary = await runPretraining({ ...noise, lr: 1e-6, maxSteps: 1 }, { out });
  });

  test('validation tells the error of the noise, of which there is 1, and no PSNR', async () => {
    const [row] = (await readMetrics(out)).epochs;
    expect(row).not.toHaveProperty('val_psnr');
    expect(summary.val_psnr).toBeUndefined();
    expect(row.val_mse).toBeCloseTo(row.val_loss, 4);
    expect(row.val_mse).toBeGreaterThan(0.9);
    expect(runVerdict((await readRun(out))!).join(' ')).toContain('validation MSE of the noise');
  });

  test('pictures are of what is left without it', async () => {
    await writeExamples(out);
    const { rows } = JSON.parse(await readFile(join(out, 'images/index.json'), 'utf8'));
    const clean = await sharp(join(settings.data, 'images', `${rows[0].stem}.png`))
      .removeAlpha()
      .resize(32, 32, { fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer();
    const shown = await sharp(join(out, 'images', rows[0].target))
      .raw()
      .toBuffer();
    // Two ways to resize; noise of 0.3 differs by some thirty grey values.
    const differences = clean.reduce((sum, value, i) => sum + Math.abs(value - shown[i]), 0) / clean.length;
    expect(differences).toBeLessThan(10);
    expect(Number.isFinite(rows[0].psnr)).toBe(true);
  });

  test('nothing is taken for an image that is none', async () => {
    const said = /noise: got an autoencoder that was asked for noise, .*--denoise-target image/;
    expect(await refusal(auditRun({ run: out }))).toMatch(said);
    expect(await refusal(evaluate({ run: out }))).toMatch(said);
    const images = [join(settings.data, 'images')];
    expect(await refusal(predict({ run: out, images }, { out: run('predicted') }))).toMatch(said);
    expect(existsSync(run('predicted'))).toBe(false);
  });
});

test('a loss of hidden pixels alone is another loss than that of all', async () => {
  const out = run('mask-all');
  await runPretraining({ ...tiny, pretext: 'mask', maskLoss: 'all' }, { out });
  const [masked, all] = await Promise.all([run('mask'), out].map(readMetrics));
  expect(masked.steps[0].train_loss).not.toBe(all.steps[0].train_loss);
  expect(await weightHash(out, 'last')).not.toBe(hashes.get('mask'));
});
