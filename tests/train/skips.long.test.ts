import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { IMAGE_HEAD, MASK_HEAD } from '../../src/nn/head.ts';
import { type Architecture, HEAD_PREFIX, skipReaders } from '../../src/nn/model.ts';
import { foldGates } from '../../src/nn/skip-weights.ts';
import { parseSkips, SKIP_GATES } from '../../src/nn/skips.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { startOf } from '../../src/train/start.node.ts';
import { freshWeights, transferDecoder } from '../../src/train/weights.ts';
import { runTraining } from '../support/classic.ts';
import { listening } from '../support/listening.ts';
import { outcome, readWeights } from '../support/read-run.ts';
import { tensorOf } from '../support/run-many.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings: tiny } = await tinySettings(root, 12);
/** Four steps an epoch. */
const settings = { ...tiny, epochs: 3, lr: 0.01 };
const at = (name: string) => ({ out: join(root, name), saveEvery: 0 });
const cutAt = (last: number) => ({
  step: ({ step }: { step: number }) => {
    if (step === last) throw new Error('power cut');
  },
});

describe('the same bytes with other workers and memory, with features kept, and after a power cut', () => {
  test.each(['drop:0.5', 'gated', '2,3'])('training, skips %s', async (skips) => {
    const given = { ...settings, skips, cacheFeatures: 'off' } as const;
    const name = (what: string) => at(join(skips.replace(':', '-'), what));
    await runTraining(given, name('whole'));
    const whole = await outcome(name('whole').out);
    await runTraining({ ...given, workers: 3, memory: 1, cacheFeatures: 'memory' }, name('otherwise'));
    expect(await outcome(name('otherwise').out)).toEqual(whole);
    await expect(runTraining(given, { ...name('cut'), ...listening(cutAt(6)) })).rejects.toThrow('power cut');
    await runTraining(given, { ...name('cut'), resume: true });
    expect(await outcome(name('cut').out)).toEqual(whole);
    await runTraining({ ...given, skips: 'all' }, { ...name('all'), overwrite: true });
    expect((await outcome(name('all').out)).last).not.toBe(whole.last);
  });

  test('pretraining with dropped skips', async () => {
    const given = { ...settings, epochs: 2, skips: 'drop:0.5', pretext: 'denoise' } as const;
    await runPretraining(given, at('pretrained'));
    await expect(runPretraining(given, { ...at('pretrained-cut'), ...listening(cutAt(5)) })).rejects.toThrow(
      'power cut',
    );
    await runPretraining({ ...given, workers: 2 }, { ...at('pretrained-cut'), resume: true });
    expect(await outcome(at('pretrained-cut').out)).toEqual(await outcome(at('pretrained').out));
  });
});

describe('a run with gates', () => {
  test('learns them, holds them, and is evaluated with them', async () => {
    const given = { ...settings, epochs: 2, skips: 'gated' };
    const run = join(root, 'gates');
    const trained = await runTraining(given, { out: run });
    const { tensors, metadata } = await readWeights(run, 'last');
    const { shape, data } = tensors.get(SKIP_GATES)!;
    expect(shape).toEqual([4]);
    expect(data.every((gate) => gate !== 1)).toBe(true);
    expect(metadata).toMatchObject({ skips: 'gated', gate_penalty: '0.01' });
    expect((await evaluate({ run })).summary).toEqual(trained.test);
    const { summary } = await evaluate({ run, split: 'validation' });
    expect('network' in summary && summary.network.dice.mean).toBeCloseTo(trained.best_val_dice!, 6);

    await runTraining({ ...given, gatePenalty: 10 }, { out: join(root, 'pulled') });
    const pulled = (await readWeights(join(root, 'pulled'), 'last')).tensors.get(SKIP_GATES)!;
    const sum = (gates: Float32Array) => gates.reduce((all, gate) => all + Math.abs(gate), 0);
    expect(sum(pulled.data)).toBeLessThan(sum(data));
  });
});

test('a run from before skips were a setting has all of them', async () => {
  const run = await untrainedRun(join(root, 'old'), 'train', tiny);
  const file = join(run, 'config.yaml');
  const lines = (await readFile(file, 'utf8')).split('\n');
  const kept = lines.filter((line) => !/^(skips|gatePenalty|newSkips):/.test(line));
  expect(kept).toHaveLength(lines.length - 3);
  await writeFile(file, kept.join('\n'));
  const { config, network } = await openRun(run);
  expect(config.skips).toBe('all');
  expect(network.architecture.skips).toEqual(parseSkips('all', 4));
});

describe('a decoder that was pretrained with other skips', () => {
  const mask: Architecture = {
    encoder: mobileNetV2,
    decoder: 'unet',
    decoderChannels: [8, 8, 8, 8, 8],
    head: MASK_HEAD,
  };
  const architectures: Architecture[] = [
    mask,
    { encoder: mobileNetV2, decoder: 'pix2pix', decoderChannels: [8, 8, 8, 8], head: MASK_HEAD },
  ];
  const gated = (architecture: Architecture) => ({ ...architecture, skips: parseSkips('gated', 4) });
  const isHead = (name: string) => name.startsWith(HEAD_PREFIX);
  const expectEqual = (found: Tensors, expected: Tensors) => {
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, { data }] of found)
      expect(largestDifference(data, expected.get(name)!.data), name).toBe(0);
  };

  test.each(architectures)('$decoder: gates are folded, carried over, or begin at 1', (architecture) => {
    const fresh = freshWeights(architecture, 1);
    const gates = tensorOf([4], [0.5, 2, 0, -1]);
    const plain = freshWeights({ ...architecture, head: IMAGE_HEAD }, 2);
    const source = new Map([...plain, [SKIP_GATES, gates] as const]);
    const folded = foldGates(plain, skipReaders(architecture), gates.data);
    const withFreshHead = (weights: Tensors) =>
      new Map([...weights].map(([name, content]) => [name, isHead(name) ? fresh.get(name)! : content]));
    expectEqual(transferDecoder(architecture, fresh, source, 'f'), withFreshHead(folded));

    const freshGated = freshWeights(gated(architecture), 1);
    const carried = transferDecoder(gated(architecture), freshGated, source, 'f');
    expectEqual(carried, withFreshHead(source));
    const begun = transferDecoder(gated(architecture), freshGated, plain, 'f');
    expect([...begun.get(SKIP_GATES)!.data]).toEqual([1, 1, 1, 1]);
  });

  test.each(['keep', 'zero', 'random'] as const)('what reads skips that were off: %s', async (newSkips) => {
    const run = await untrainedRun(join(root, `pretrained-${newSkips}`), 'pretrain', {
      ...tiny,
      seed: 7,
      skips: '2,3',
    });
    const { tensors } = await readCheckpoint(join(run, 'weights/last.safetensors'));
    const fresh = freshWeights(mask, 3);
    const { initial } = await startOf(mask, await readEncoder(tiny.encoder), {
      seed: 3,
      pretrained: run,
      newSkips,
    });
    const readers = skipReaders(mask);
    for (const [name, { shape, data }] of initial) {
      if (isHead(name)) continue;
      const reader = readers.find(({ tensor }) => tensor === name);
      const source = tensors.get(name)!.data;
      const drawn = fresh.get(name)!.data;
      const off = reader && [1, 4].includes(reader.level);
      // Of [O, I, 3, 3] the skip's are the last of I.
      const expected = source.map((kept, i) => {
        if (!off || Math.floor(i / 9) % shape[1] < reader.start) return kept;
        return newSkips === 'keep' ? kept : newSkips === 'zero' ? 0 : drawn[i];
      });
      expect(largestDifference(data, expected), name).toBe(0);
    }
    const channels = [96, 144, 192, 576];
    expect(readers.map(({ start, stop }) => stop - start)).toEqual(channels);
    expect(readers.map(({ tensor }) => tensor)).toEqual(
      [3, 2, 1, 0].map((block) => `decoder.blocks.${block}.conv1.0.weight`),
    );
  });
});
