import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import type { TrainSummary } from '../../src/records/summaries.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { architectureOf } from '../../src/settings/architecture.node.ts';
import { startOf } from '../../src/train/start.node.ts';
import { resolveTrain, runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { readNpy } from '../support/read-npy.ts';
import { outcome, readWeights } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings: tiny, stems } = await tinySettings(root, 12);
const settings = { ...tiny, lr: 0.01 } as const;
const unit = { ...settings, encoderInput: 'unit' } as const;
const last = (run: string) => join(run, 'weights', 'last.safetensors');

let trained: TrainSummary;
beforeAll(async () => {
  trained = await runTraining(unit, { out: at('seg-unit') });
  await untrainedRun(at('seg'), 'train', settings);
  await untrainedRun(at('pre'), 'pretrain', settings);
  await untrainedRun(at('pre-unit'), 'pretrain', unit);
});

test('weights tell the range', async () => {
  for (const run of ['seg-unit', 'pre-unit'])
    expect((await readWeights(at(run), 'last')).metadata.encoder_input).toBe('unit');
  for (const run of ['seg', 'pre'])
    expect((await readWeights(at(run), 'last')).metadata.encoder_input).toBe('own');
});

test('a run in another range is resumed in it, with features kept or not, to the same bytes', async () => {
  const cut = {
    step: ({ step }: { step: number }) => {
      if (step === 3) throw new Error('power cut');
    },
  };
  const run = { out: at('cut'), saveEvery: 0 };
  const kept = { ...unit, cacheFeatures: 'memory' } as const;
  await expect(runTraining(kept, { ...run, ...listening(cut) })).rejects.toThrow('power cut');
  const other = { encoderInput: 'own' } as unknown as typeof unit;
  expect(await refusal(runTraining(other, { ...run, resume: true }))).toMatch(
    /encoderInput: got "own", expected "unit", with which the run was started/,
  );
  await runTraining({} as typeof unit, { ...run, resume: true });
  expect(await outcome(run.out)).toEqual(await outcome(at('seg-unit')));
});

test('evaluate comes to the scores of the run', async () => {
  expect((await evaluate({ run: at('seg-unit') })).summary).toEqual(trained.test);
});

test('the exported file takes images as any other, and says what `predict` says', async () => {
  const images = stems.slice(0, 2).map((stem) => at('data', 'images', `${stem}.png`));
  const run = at('seg-unit');
  const { predictions } = await predict({ run, images }, { out: at('predicted'), format: 'npy' });
  const arrays = await Promise.all(predictions.map(async ({ file }) => readNpy(await readFile(file!)).data));
  const expected = arrays.flatMap((values) => [...values]);

  const { file, metadata } = await exportRun({ run }, { out: at('model.onnx') });
  expect(metadata).toMatchObject({ input_range: '[-1, 1]', encoder_input: 'unit' });
  const session = await ort.InferenceSession.create(file);
  const marked = async (change: (x: number) => number) => {
    const planes = await Promise.all(
      images.map(async (path) => toPlanes((await decodeImageTo(path, { height: 32, width: 32 })).image.data)),
    );
    const input = Float32Array.from(planes.flatMap((values) => [...values].map(change)));
    const { probability } = await session.run({ image: new ort.Tensor('float32', input, [2, 3, 32, 32]) });
    return probability.data as Float32Array;
  };
  expect(largestDifference(await marked((x) => x), expected)).toBeLessThan(1e-4);
  expect(largestDifference(await marked((x) => (x + 1) / 2), expected)).toBeGreaterThan(1e-3);
  await session.release();
});

describe('weights of a decoder are taken over', () => {
  const startIn = async (encoderInput: string, from: object) => {
    const config = resolveTrain({ ...settings, encoderInput }, 1);
    const encoder = await readEncoder(config.encoder);
    return startOf(architectureOf(config, MASK_HEAD), encoder, { seed: 0, encoderInput, ...from });
  };

  test('by a run in the same range', async () => {
    const { start } = await startIn('unit', { pretrained: at('pre-unit') });
    expect(start).toMatch(/^pretrained /);
    expect((await startIn('unit', { init: last(at('seg-unit')) })).start).toMatch(/^init /);
  });

  test.each([
    ['pretrained', 'pre-unit', 'own', 'unit'],
    ['pretrained', 'pre', 'unit', 'own'],
    ['init', 'seg-unit', 'own', 'unit'],
    ['init', 'seg', 'unit', 'own'],
  ] as const)('%s: not of %s by a run in %s', async (setting, from, encoderInput, other) => {
    const path = setting === 'init' ? last(at(from)) : at(from);
    expect(
      await refusal(runTraining({ ...settings, encoderInput, [setting]: path }, { out: at('no') })),
    ).toMatch(
      new RegExp(
        `last\\.safetensors: encoder_input: got ${other}, expected ${encoderInput}.*--encoder-input ${other}`,
      ),
    );
    expect(existsSync(at('no'))).toBe(false);
  });

  test('of a file that does not say where it comes from', async () => {
    const { tensors } = await readWeights(at('pre'), 'last');
    await writeFile(at('bare.safetensors'), encodeSafetensors({ tensors, metadata: {} }));
    expect((await startIn('unit', { pretrained: at('bare.safetensors') })).start).toMatch(/^pretrained /);
  });
});
