import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { toPlanes } from '../../src/data/batch.ts';
import { decodeImageTo } from '../../src/data/decode.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { evaluateRun } from '../../src/runs/evaluate.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predictImages } from '../../src/runs/predict.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runFineTuning, type TrainSummary } from '../../src/train/train.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readNpy } from '../support/read-npy.ts';
import { outcome, readWeights, weightHash } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings: tiny, stems } = await tinySettings(root, 12);
const settings = { ...tiny, epochs: 2, lr: 0.01 } as const;
const unit = { ...settings, encoderRange: 'unit' } as const;
const last = (run: string) => join(run, 'weights', 'last.safetensors');

let trained: TrainSummary;
beforeAll(async () => {
  await runPretraining({ ...settings, maxSteps: 2 }, { out: at('pre') });
  await runPretraining({ ...unit, maxSteps: 2 }, { out: at('pre-unit') });
  await runFineTuning(settings, { out: at('seg') });
  trained = await runFineTuning(unit, { out: at('seg-unit') });
});

test('the range is told where it is not the usual one, and decides what is learned', async () => {
  expect((await readWeights(at('seg-unit'), 'last')).metadata.encoder_range).toBe('unit');
  expect((await readWeights(at('seg'), 'last')).metadata).not.toHaveProperty('encoder_range');
  expect(await weightHash(at('seg-unit'), 'last')).not.toBe(await weightHash(at('seg'), 'last'));
});

test('a run in another range is resumed in it, with features kept or not, to the same bytes', async () => {
  const cut = {
    onStep: ({ step }: { step: number }) => {
      if (step === 3) throw new Error('power cut');
    },
  };
  const run = { out: at('cut'), saveEvery: 0 };
  const kept = { ...unit, cacheFeatures: 'memory' } as const;
  await expect(runFineTuning(kept, run, cut)).rejects.toThrow('power cut');
  const other = { encoderRange: 'symmetric' } as unknown as typeof unit;
  expect(await refusal(runFineTuning(other, { ...run, resume: true }))).toMatch(
    /encoderRange: got "symmetric", expected "unit", with which the run was started/,
  );
  await runFineTuning({} as typeof unit, { ...run, resume: true });
  expect(await outcome(run.out)).toEqual(await outcome(at('seg-unit')));
});

test('evaluate comes to the scores of the run', async () => {
  expect((await evaluateRun({ run: at('seg-unit') })).summary).toEqual(trained.test);
});

test('the exported file takes images as any other, and says what `predict` says', async () => {
  const images = stems.slice(0, 2).map((stem) => at('data', 'images', `${stem}.png`));
  const predicted = async (run: string) => {
    const out = at(`${run}-predicted`);
    const { predictions } = await predictImages({ run: at(run), images, out, format: 'npy' });
    const arrays = await Promise.all(predictions.map(async ({ file }) => readNpy(await readFile(file)).data));
    return arrays.flatMap((values) => [...values]);
  };
  const { file, metadata } = await exportRun({ run: at('seg-unit'), out: at('model.onnx') });
  expect(metadata).toMatchObject({ input_range: '[-1, 1]', encoder_range: 'unit' });
  const planes = await Promise.all(
    images.map(async (path) => toPlanes((await decodeImageTo(path, { height: 32, width: 32 })).image.data)),
  );
  const session = await ort.InferenceSession.create(file);
  const input = Float32Array.from(planes.flatMap((values) => [...values]));
  const { probability } = await session.run({ image: new ort.Tensor('float32', input, [2, 3, 32, 32]) });
  await session.release();
  const expected = await predicted('seg-unit');
  expect(largestDifference(probability.data as Float32Array, expected)).toBeLessThan(1e-4);
  expect(largestDifference(await predicted('seg'), expected)).toBeGreaterThan(1e-3);
});

describe('weights of a decoder are taken over', () => {
  const start = (changes: object, out: string) =>
    runFineTuning({ ...settings, epochs: 1, ...changes }, { out: at(out) });

  test('by a run in the same range', async () => {
    await start({ encoderRange: 'unit', pretrained: at('pre-unit') }, 'taken');
    expect((await readWeights(at('taken'), 'last')).metadata.start).toMatch(/^pretrained /);
  });

  test.each([
    ['pretrained', 'pre-unit', 'symmetric', 'unit'],
    ['pretrained', 'pre', 'unit', 'symmetric'],
    ['init', 'seg-unit', 'symmetric', 'unit'],
    ['init', 'seg', 'unit', 'symmetric'],
  ])('%s: not of %s by a run in %s', async (setting, from, encoderRange, other) => {
    const path = setting === 'init' ? last(at(from)) : at(from);
    expect(await refusal(start({ encoderRange, [setting]: path }, 'refused'))).toMatch(
      new RegExp(
        `last\\.safetensors: encoder_range: got ${other}, expected ${encoderRange}.*--encoder-range ${other}`,
      ),
    );
  });

  test('of a file that does not say where it comes from', async () => {
    const { tensors } = await readWeights(at('pre'), 'last');
    await writeFile(at('bare.safetensors'), encodeSafetensors({ tensors, metadata: {} }));
    await start({ encoderRange: 'unit', pretrained: at('bare.safetensors') }, 'bare');
  });
});
