import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import type { BatchRequest } from '../../src/data/loading/batch.ts';
import { symmetryOf } from '../../src/data/loading/geometry.ts';
import { symmetries } from '../../src/data/loading/symmetry.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { encoderGraph, tapShapes } from '../../src/nn/features.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { featureLength } from '../../src/train/feature-plan.ts';
import { Features } from '../../src/train/features.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { listening } from '../support/listening.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { outcome } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings: tiny } = await tinySettings(root, 12);
const settings = { ...tiny, epochs: 6, lr: 0.01 } as const;
const { epochs: _, ...pretraining } = { ...settings, maxSteps: 12 };

const modes = ['memory', 'disk', 'off'] as const;
const notices = { notice: (text: string) => void said.push(text) };
const said: string[] = [];

describe('the same bytes with features in memory, on disk, and without', () => {
  const train = (changes: object) => (out: string, cacheFeatures: (typeof modes)[number]) =>
    runTraining({ ...settings, ...changes, cacheFeatures }, { out, ...listening(notices) });
  const pretrain = (changes: object) => (out: string, cacheFeatures: (typeof modes)[number]) =>
    runPretraining({ ...pretraining, ...changes, cacheFeatures }, { out, ...listening(notices) });

  test.each([
    ['flips and rotations', train({}), /^features: \d+ images x 8 views and \d+ validation images/],
    ['no augmentation', train({ augment: false }), /^features: \d+ images and/],
    [
      'file order, going round',
      train({ shuffle: false, augment: false, batch: 3 }),
      /^features: \d+ images and/,
    ],
    ['an oblong size', train({ size: '32x64', epochs: 2 }), /^features: \d+ images x 4 views and/],
    ['plain kernels', train({ kernels: 'plain' }), /x 8 views and/],
    [
      'colours that change',
      train({ brightness: 0.2, batch: 4 }),
      /^features: \d+ validation images, .*training: colours/,
    ],
    ['an autoencoder', pretrain({ pretext: 'identity' }), /^features: \d+ images x 8 views and/],
    [
      'an autoencoder of grey images',
      pretrain({ pretext: 'colorize' }),
      /^features: \d+ images x 8 views and/,
    ],
    [
      'an autoencoder against noise',
      pretrain({ pretext: 'denoise' }),
      /^features: \d+ validation images, .*degraded/,
    ],
  ])('%s', async (name, run, notice) => {
    const outcomes = [];
    for (const mode of modes) {
      said.length = 0;
      await run(join(root, name, mode), mode);
      expect(said.filter((text) => text.startsWith('features'))).toEqual(
        mode === 'off' ? [] : [expect.stringMatching(notice)],
      );
      outcomes.push(await outcome(join(root, name, mode)));
    }
    expect(outcomes[0]).toEqual(outcomes[2]);
    expect(outcomes[1]).toEqual(outcomes[2]);
  });

  test('a run that was cut off and goes on with another setting', async () => {
    const run = { out: join(root, 'cut'), saveEvery: 0 };
    const cut = {
      step: ({ step }: { step: number }) => {
        if (step === 10) throw new Error('power cut');
      },
    };
    const memory = { ...settings, cacheFeatures: 'memory' } as const;
    await expect(runTraining(memory, { ...run, ...listening(cut) })).rejects.toThrow('power cut');
    await runTraining({ ...settings, cacheFeatures: 'disk' }, { ...run, resume: true });
    expect(await outcome(run.out)).toEqual(await outcome(join(root, 'flips and rotations', 'off')));
  });
});

describe('taps of a batch', () => {
  const size = { height: 32, width: 32 };
  const encoder = randomEncoder();
  const stems = ['a', 'b', 'c'];
  /** A different picture for each sample and symmetry, as it would be in a batch. */
  const pictured = (request: BatchRequest) => {
    const input = new Float32Array(request.indices.length * 3 * 1024);
    for (const [i, index] of request.indices.entries()) {
      const symmetry = symmetries.indexOf(symmetryOf(request, stems[index], size));
      const stream = new RandomStream('picture', index, symmetry);
      for (let k = 0; k < 3 * 1024; k++) input[i * 3 * 1024 + k] = 2 * stream.uniform() - 1;
    }
    return input;
  };
  const sample = (stem: string) => ({ stem, image: `${stem}.png` });
  const part = {
    samples: stems.map(sample),
    entries: [],
    fingerprints: [],
    vanishing: [],
    looks: [],
    batch: async () => Promise.reject(new Error('no batch')),
    nativeMask: () => {
      throw new Error('no mask');
    },
  };

  const all = (stems.length * 8 + stems.length) * 4 * featureLength(mobileNetV2, size);
  test.each([
    ['memory', all],
    ['memory', all / 3],
    ['disk', all],
  ] as const)('in %s with room for %d bytes: those of the encoder, each image once', async (where, memoryBytes) => {
    const engine = new Engine({ threads: 1 });
    const features = await Features.open({
      encoder: mobileNetV2,
      weights: encoder,
      size,
      plan: { trainingViews: 8, validation: true, where },
      train: part,
      validation: part,
      memoryBytes,
    });
    try {
      const whole = await engine.load(encoderGraph(mobileNetV2, encoder, { ...size, batch: 3 }));
      let runs = 0;
      const load = engine.load.bind(engine);
      vi.spyOn(engine, 'load').mockImplementation(async (what) => {
        const session = await load(what);
        const run: typeof session.run = (feeds) => {
          runs++;
          return session.run(feeds);
        };
        return { ...session, run };
      });
      const views = new Set<string>();
      const check = async (request: BatchRequest, training: boolean) => {
        const input = pictured(request);
        const taps = await (training ? features.training! : features.validation!)(engine, request, input, 3);
        const data = new Float32Array(3 * 3 * 1024);
        data.set(input);
        const expected = await whole.run({ image: { shape: [3, 3, 32, 32], data } });
        for (const [name, shape] of tapShapes(mobileNetV2, { ...size, batch: 3 })) {
          expect(taps[name].shape).toEqual(shape);
          const count = (sizeOf(shape) / 3) * request.indices.length;
          expect(taps[name].data.subarray(0, count), name).toEqual(expected[name].data.subarray(0, count));
          expect(taps[name].data.subarray(count).every((value) => value === 0)).toBe(true);
        }
        for (const index of request.indices)
          views.add(`${training} ${index} ${symmetries.indexOf(symmetryOf(request, stems[index], size))}`);
        expect(runs).toBe(views.size);
      };
      for (let epoch = 1; epoch <= 8; epoch++) {
        await check(
          { indices: [epoch % 3, (epoch + 1) % 3], seed: 1, epoch, augmentation: flipsAlone },
          true,
        );
        await check({ indices: [2, 0, 1], seed: 0, epoch: 0 }, false);
      }
    } finally {
      features.close();
      await engine.close();
    }
  });
});
