import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { predict } from '../../src/runs/predict.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { writeOddities } from '../support/oddities.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const oddities = await writeOddities(data, { together: true });
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const settings = { data, encoder, batch: 4, epochs: 2, threads: 1, ...tinyNetwork };
const bad = new Set(oddities.filter(({ problem }) => problem).map(({ stem }) => stem));

test('a folder with files of every kind trains, tests and predicts; what cannot be used is named before', async () => {
  expect(bad.size).toBeGreaterThan(10);
  const out = join(root, 'run');
  const warnings: string[] = [];
  let steps = 0;
  const summary = await runTraining(settings, {
    out,
    ...listening({
      warning: (warning) => {
        expect(steps, 'before training').toBe(0);
        warnings.push(warning);
      },
      step: () => {
        steps++;
      },
    }),
  });
  expect(warnings, 'pages, floats of two kinds, and one summary').toEqual([
    expect.stringMatching(/^3 images have several pages \(.*: 2\), of which the first is read/),
    expect.stringMatching(/^values in 0\.\.1 \(.*floats-to-1.*beside values up to 255/),
    expect.stringContaining(' images cannot be used and are left out:\n'),
  ]);
  const { train, validation, test: tested } = await readSplits(out);
  const used = [...train, ...validation, ...tested];
  expect(used.filter((stem) => bad.has(stem))).toEqual([]);
  const usable = oddities.filter(({ stem }) => !bad.has(stem)).map(({ stem }) => stem);
  expect([...used].sort()).toEqual([...new Set(usable)].sort());
  expect(summary).toMatchObject({ epochs: 2, images: train.length, test: { images: tested.length } });

  const predicted = await predict({ run: out, images: [join(data, 'images')] }, { out: join(root, 'masks') });
  expect(predicted.predictions.map(({ file }) => existsSync(file!))).not.toContain(false);
  for (const { problem } of predicted.unusable) expect(problem).toMatch(/: got .*, expected /);
});

test('it pretrains, too, and --strict refuses it', async () => {
  const summary = await runPretraining(settings, { out: join(root, 'pre') });
  expect(summary.epochs).toBe(2);
  expect(await refusal(runTraining({ ...settings, strict: true }, { out: join(root, 'strict') }))).toMatch(
    /got \d+ problems?:\n[\s\S]*expected none, as --strict asks/,
  );
  expect(existsSync(join(root, 'strict'))).toBe(false);
});
