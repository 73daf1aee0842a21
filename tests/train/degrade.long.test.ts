import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import type { BatchRequest } from '../../src/data/loading/batch.ts';
import { labellingOf } from '../../src/settings/masks.ts';
import { degradationOf } from '../../src/settings/meaning.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { Images, imagesOptionsOf } from '../../src/train/images.node.ts';
import { resolveTrain, runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { outcome, readWeights } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const { settings: tiny } = await tinySettings(root, 12);
const settings = { ...tiny, lr: 0.01 } as const;
const noisy = { ...settings, degrade: 'denoise', sigma: 0.3 } as const;

/** Trains, and remembers what was asked of the images. */
async function observed(options: TrainOptions, out: string): Promise<BatchRequest[]> {
  const config = resolveTrain(options, 1);
  const images = await Images.open(
    (await readDataFolder(config.data)).samples,
    labellingOf(config),
    imagesOptionsOf(config, {}),
  );
  const requests: BatchRequest[] = [];
  const part = images.part.bind(images);
  vi.spyOn(images, 'part').mockImplementation((wanted) => {
    const loaded = part(wanted);
    const batch: typeof loaded.batch = (request) => {
      requests.push(request);
      return loaded.batch(request);
    };
    return { ...loaded, batch };
  });
  try {
    await runTraining(options, { out, images: { masked: images } });
  } finally {
    await images.close();
  }
  return requests;
}

test('training images are degraded, those that validate and test are not', async () => {
  const requests = await observed(noisy, at('noisy'));
  const training = requests.filter(({ augmentation }) => augmentation);
  const others = requests.filter(({ augmentation }) => !augmentation);
  expect(training).toHaveLength(4);
  for (const request of training) {
    expect(request.degradation).toMatchObject({ kind: 'denoise', sigma: 0.3, target: 'image' });
    expect(request.pretext).toBeUndefined();
  }
  // Of validation and of the test.
  expect(others.length).toBeGreaterThan(1);
  for (const request of others) {
    expect(request.degradation).toBeUndefined();
    expect(request.pretext).toBeUndefined();
  }
});

test('by the identity it changes nothing', async () => {
  await runTraining(settings, { out: at('clean') });
  await runTraining({ ...settings, degrade: 'identity' }, { out: at('identity') });
  const [clean, same] = [await outcome(at('clean')), await outcome(at('identity'))];
  // The files tell the setting.
  expect({ ...same, best: '', last: '' }).toEqual({ ...clean, best: '', last: '' });
  const [one, other] = [await readWeights(at('clean'), 'last'), await readWeights(at('identity'), 'last')];
  for (const [name, { data }] of one.tensors) {
    expect(largestDifference(data, other.tensors.get(name)!.data), name).toBe(0);
  }
});

test('it decides what is learned, and is told with what decides it', async () => {
  const [clean, degraded] = [await readWeights(at('clean'), 'last'), await readWeights(at('noisy'), 'last')];
  const kernels = [clean, degraded].map(
    ({ tensors }) => tensors.get('decoder.blocks.0.conv1.0.weight')!.data,
  );
  expect(largestDifference(kernels[0], kernels[1])).toBeGreaterThan(0);
  expect(degraded.metadata).toMatchObject({ degrade: 'denoise', sigma: '0.3', mask_patch: '16' });
  expect(clean.metadata).toMatchObject({ degrade: 'none' });
  for (const key of ['sigma', 'correlation', 'mask_patch', 'factor'])
    expect(clean.metadata).not.toHaveProperty(key);
});

test('a run that was cut off goes on with it, whatever the workers, to the same bytes', async () => {
  const run = { out: at('cut'), saveEvery: 0 };
  const cut = {
    step: ({ step }: { step: number }) => {
      if (step === 3) throw new Error('power cut');
    },
  };
  await expect(runTraining(noisy, { ...run, ...listening(cut) })).rejects.toThrow('power cut');
  const elsewhere = { workers: 3, memory: 1 } as unknown as typeof noisy;
  await runTraining(elsewhere, { ...run, resume: true });
  expect(await outcome(run.out)).toEqual(await outcome(at('noisy')));
});

describe('settings', () => {
  const degraded = (options: Partial<TrainOptions>) =>
    resolveTrain({ data: 'd', encoder: 'random', ...options }, 1);

  test('are those of the pretext tasks, without what these ask for', () => {
    expect(degradationOf(degraded({}))).toBeUndefined();
    expect(degradationOf(degraded({ degrade: 'none', sigma: 0.1 }))).toBeUndefined();
    const mixed = degraded({ degrade: 'identity, mask:2', maskPatch: 8, maskFill: 'zero' });
    expect(mixed.degrade).toBe('identity:1,mask:2');
    expect(degradationOf(mixed)).toEqual({
      kind: 'mixture',
      parts: [
        { share: 1, task: { kind: 'identity' } },
        { share: 2, task: { kind: 'mask', patch: 8, ratio: 0.6, fill: 'zero', loss: 'all' } },
      ],
    });
  });

  test.each([
    [{ degrade: 'denose' }, /^degrade: got "denose", expected one of identity, .*did you mean denoise\?/],
    [{ degrade: 'none,mask' }, /^degrade: got "none,mask"/],
    [{ degrade: 'mask', maskPatch: 24 }, /^maskPatch: got 24 for images of 128x128/],
    [{ degrade: 'identity,superres', factor: 3 }, /^factor: got 3/],
    [{ maskLoss: 'all' }, /unknown key maskLoss/],
    [{ denoiseTarget: 'noise' }, /unknown key denoiseTarget/],
  ])('%j is refused', async (options, message) => {
    expect(await refusal(() => degraded(options as Partial<TrainOptions>))).toMatch(message);
  });
});
