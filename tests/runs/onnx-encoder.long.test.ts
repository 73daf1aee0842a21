import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { audit, writeReport } from '../../src/index.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { convolutions, transformer, writeModel } from '../support/onnx-encoder.ts';
import { outcome, readMetrics, readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const data = at('data');
let stems: string[];
beforeAll(async () => {
  stems = await writeDataset(data, { count: 12 });
});

const CASES = [
  ['feature maps', 'conv.onnx', convolutions(32), { size: 32, decoderChannels: '8,8,8,8' }],
  ['tokens of patches of 14', 'vit14.onnx', transformer(28, 14), { size: 28, decoderChannels: '8,8,8' }],
  [
    'tokens of patches of 16',
    'vit16.onnx',
    transformer(32, 16, 4),
    { size: 32, decoder: 'pix2pix', decoderChannels: '8,8,8' },
  ],
  [
    'tokens of patches of 16 beside the image',
    'vit16-image.onnx',
    transformer(32, 16),
    { size: 32, decoderChannels: '8,8,8,8', imageSkip: true },
  ],
] as const;

test('by the recipe full a model stays as it is, and plain images are learned from behind it', async () => {
  const encoder = await writeModel(at('full.onnx'), convolutions(32));
  const network = { encoder, size: 32, decoderChannels: '8,8,8,8', threads: 1, batch: 2 } as const;
  const length = { steps: 4, epochSteps: 2, consistencyThreshold: 0.5 };
  const settings = { data, labels: 5, recipe: 'full', ...network, ...length } as const;
  const summary = await runTraining(settings, { out: at('full') });
  expect(summary).toMatchObject({ steps: 4, masks: 5, tested: 'last' });
  expect(summary.plain).toBeGreaterThan(2);
  const { tensors } = await readWeights(at('full'), 'last');
  expect([...tensors.keys()].filter((name) => name.startsWith('encoder.'))).toEqual([]);
  const { steps } = await readMetrics(at('full'));
  expect(steps.some((row) => row.pseudo_share === 1 && row.consistency_loss > 0)).toBe(true);
});

test.each(CASES)(
  'from data to report behind a model of %s',
  async (_, name, model, network) => {
    const encoder = await writeModel(at(name), model);
    const settings = { data, encoder, ...network, batch: 3, epochs: 3, threads: 1, lr: 0.01 } as const;
    const run = (cache: string) => at(`${name}-${cache}`);
    const said: string[] = [];
    for (const cacheFeatures of ['auto', 'disk', 'off'] as const) {
      const notice = (text: string) => void said.push(text);
      await runTraining(
        { ...settings, cacheFeatures },
        { out: run(cacheFeatures), ...listening({ notice }) },
      );
    }
    expect(said.filter((text) => text.startsWith('features:'))).toEqual([
      expect.stringMatching(/images x 8 views .* in memory/),
      expect.stringMatching(/images x 8 views .* on disk/),
    ]);
    const wanted = await outcome(run('off'));
    expect(await outcome(run('auto'))).toEqual(wanted);
    expect(await outcome(run('disk'))).toEqual(wanted);

    const opened = { run: run('auto'), threads: 1 } as const;
    const summary = JSON.parse(await readFile(join(run('auto'), 'summary.json'), 'utf8')) as {
      test: unknown;
    };
    expect((await evaluate(opened)).summary).toEqual(summary.test);
    const { predictions } = await predict({ ...opened, images: [join(data, 'images', `${stems[0]}.png`)] });
    expect(predictions).toHaveLength(1);
    expect(await refusal(exportRun({ run: run('auto') }, { out: at(`${name}.out.onnx`) }))).toMatch(
      /cannot be exported/,
    );

    const pretrained = at(`${name}-pre`);
    const { epochs: _epochs, ...pretraining } = { ...settings, maxSteps: 4 };
    await runPretraining(pretraining, { out: pretrained });
    await runTraining({ ...settings, pretrained, epochs: 1 }, { out: at(`${name}-tuned`) });
    for (const [which, folder] of [
      ['network', run('auto')],
      ['autoencoder', pretrained],
    ]) {
      const result = await audit(
        { run: folder, images: data, threads: 1 },
        { out: at(`${name}-audit-${which}`) },
      );
      expect(result).toBeTruthy();
    }
    await writeReport(run('auto'));
    expect(await readFile(join(run('auto'), 'report.html'), 'utf8')).toContain(name);
  },
  120_000,
);

test('statistics of batch norms come from its taps, too', async () => {
  const encoder = await writeModel(at('statistics.onnx'), convolutions(32));
  const network = { size: 32, decoderChannels: '8,8,8,8', threads: 1, batch: 4 } as const;
  await runPretraining(
    { plain: join(data, 'images'), encoder, method: 'statistics', ...network },
    { out: at('stat') },
  );
  const { tensors } = await readWeights(at('stat'), 'last');
  expect(Math.max(...tensors.get('decoder.blocks.0.conv1.1.running_var')!.data)).not.toBe(1);
});

test('the image is a skip where a level is as large', async () => {
  const encoder = await writeModel(at('beside.onnx'), transformer(32, 16));
  const settings = { data, encoder, imageSkip: true, size: 32, threads: 1, maxSteps: 1 } as const;
  const refused = (changes: object) =>
    refusal(runTraining({ ...settings, ...changes }, { out: at('beside') }));
  expect(await refused({ decoder: 'pix2pix' })).toMatch(/pass --decoder unet/);
  const odd = await writeModel(at('odd.onnx'), transformer(28, 14));
  expect(await refused({ encoder: odd, size: 28 })).toMatch(/imageSkip: got .* whose strides are 14/);
  expect(await refused({ encoder: 'random' })).toMatch(/imageSkip: got random, expected an ONNX file/);
  await runTraining({ ...settings, decoderChannels: '8,8,8,8' }, { out: at('beside') });
  const { tensors } = await readWeights(at('beside'), 'last');
  expect(tensors.get('decoder.blocks.3.conv1.0.weight')!.shape).toEqual([8, 8 + 3, 3, 3]);
});

test('it is frozen, and another file is another encoder', async () => {
  const encoder = await writeModel(at('own.onnx'), convolutions(32));
  const network = { size: 32, decoderChannels: '8,8,8,8', threads: 1, batch: 4 } as const;
  const settings = { data, encoder, ...network, maxSteps: 1 } as const;
  for (const trainEncoder of [true, 'deep:1']) {
    expect(await refusal(runTraining({ ...settings, trainEncoder }, { out: at('trained') }))).toMatch(
      /trainEncoder: got .* with own.onnx, expected none/,
    );
  }
  await runTraining(settings, { out: at('own') });
  const other = await writeModel(at('other.onnx'), { ...convolutions(32), description: 'another' });
  expect(await refusal(evaluate({ run: at('own'), encoder: other }))).toMatch(/SHA-256/);
  expect(await refusal(runTraining({ ...settings, size: 48 }, { out: at('size') }))).toMatch(/--size 32x32/);
});
