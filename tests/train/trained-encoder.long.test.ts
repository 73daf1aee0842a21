import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SplitNetwork } from '../../src/audit/split-network.node.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { evaluationGraph } from '../../src/nn/step-graph.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { listening } from '../support/listening.ts';
import { outcome, readMetrics, readWeights } from '../support/read-run.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings: tiny } = await tinySettings(root, 12);
/** Four steps an epoch. */
const settings = { ...tiny, epochs: 3, optimizer: 'adamw', weightDecay: 0.01, lr: 0.01 } as const;
const trained = { ...settings, trainEncoder: true } as const;
const at = (name: string) => ({ out: join(root, name), saveEvery: 0 });
const weightsOf = async (name: string, which: 'best' | 'last' = 'last') =>
  (await readWeights(join(root, name), which)).tensors;
const encoder = (await readEncoder(tiny.encoder)).weights;

/** How far each tensor of the encoder is from its file's. */
function moved(tensors: Tensors): Map<string, number> {
  return new Map(
    [...tensors].flatMap(([name, { data }]) =>
      name.startsWith('encoder.')
        ? [[name.slice(8), largestDifference(data, encoder.get(name.slice(8))!.data)] as const]
        : [],
    ),
  );
}

describe('a trained encoder', () => {
  beforeAll(async () => {
    await runTraining(settings, at('frozen'));
    await runTraining(trained, at('all'));
  });

  test('is in the checkpoint, all of it, and has moved', async () => {
    for (const which of ['best', 'last'] as const) {
      const found = moved(await weightsOf('all', which));
      expect([...found.keys()].sort()).toEqual([...encoder.keys()].sort());
      for (const [name, distance] of found) expect(distance, name).toBeGreaterThan(0);
    }
    const { metadata } = await readWeights(join(root, 'all'), 'last');
    expect(metadata).toMatchObject({ train_encoder: 'all', encoder_lr: '0.1', freeze_epochs: '0' });
  });

  test('a frozen one is not, and cannot move', async () => {
    expect(moved(await weightsOf('frozen')).size).toBe(0);
    const { network } = await openRun(join(root, 'frozen'));
    for (const [name, { data }] of network.encoder)
      expect(largestDifference(data, encoder.get(name)!.data), name).toBe(0);
  });

  test('learns at its own rate: Adam moves a weight by about the rate in the first step', async () => {
    const one = { ...trained, optimizer: 'adam', weightDecay: 0, maxSteps: 1 } as const;
    await runTraining({ ...one, encoderLr: 0.1 }, at('rate-0.1'));
    await runTraining({ ...one, encoderLr: 0.5 }, at('rate-0.5'));
    const most = async (name: string) => Math.max(...moved(await weightsOf(name)).values());
    expect(await most('rate-0.1')).toBeCloseTo(0.1 * settings.lr, 5);
    expect(await most('rate-0.5')).toBeCloseTo(0.5 * settings.lr, 5);
  });

  test('is what is predicted with', async () => {
    const { network } = await openRun(join(root, 'all'), { weights: 'last' });
    const last = await weightsOf('all');
    for (const [name, { data }] of network.encoder)
      expect(largestDifference(data, last.get(`encoder.${name}`)!.data), name).toBe(0);
  });

  test('its gradients and its way are told', async () => {
    const { steps, epochs } = await readMetrics(join(root, 'all'));
    for (const row of steps) expect(row['gradient_norm/encoder']).toBeGreaterThan(0);
    expect(epochs.at(-1)!['weight_change/encoder']).toBeGreaterThan(0);
  });

  test('a run that was cut off goes on to the same bytes, with averages, in both phases', async () => {
    const both = { ...trained, freezeEpochs: 1, average: 0.9 } as const;
    await runTraining(both, at('whole'));
    const whole = await outcome(join(root, 'whole'));
    for (const step of [2, 4, 6]) {
      const run = at(`cut-${step}`);
      const cut = listening({
        step: (event: { step: number }) => {
          if (event.step === step) throw new Error('power cut');
        },
      });
      await expect(runTraining(both, { ...run, ...cut })).rejects.toThrow('power cut');
      await runTraining(both, { ...run, resume: true });
      expect(await outcome(run.out)).toEqual(whole);
    }
  });

  test('frozen at first: the same bytes as without until then, and no decay; then it learns as from a first step', async () => {
    const later = { ...trained, freezeEpochs: 2 } as const;
    await runTraining({ ...later, epochs: 2 }, at('still-frozen'));
    await runTraining({ ...settings, epochs: 2 }, at('frozen-2'));
    const [kept, without] = [await weightsOf('still-frozen'), await weightsOf('frozen-2')];
    for (const [name, { data }] of kept) {
      const before = name.startsWith('encoder.') ? encoder.get(name.slice(8))! : without.get(name)!;
      expect(largestDifference(data, before.data), name).toBe(0);
    }
    await runTraining({ ...later, optimizer: 'adam', weightDecay: 0, epochs: 3, maxSteps: 9 }, at('freed'));
    expect(Math.max(...moved(await weightsOf('freed')).values())).toBeCloseTo(0.1 * settings.lr, 5);
    const { steps } = await readMetrics(join(root, 'freed'));
    expect(steps.map((row) => 'gradient_norm/encoder' in row)).toEqual([...Array(8).fill(false), true]);
  });

  test('the deepest stages alone', async () => {
    await runTraining({ ...settings, trainEncoder: 'deep:1', maxSteps: 2 }, at('deep'));
    const found = moved(await weightsOf('deep'));
    // Behind the tap `block_13_expand`: the rest of block 13, and blocks 14 to 16.
    const last = [...encoder.keys()].filter((name) =>
      /^blocks\.(13\.(depthwise|project)|14|15|16)/.test(name),
    );
    expect([...found.keys()].sort()).toEqual(last.sort());
    for (const [name, distance] of found) expect(distance, name).toBeGreaterThan(0);
  });

  test('is taken over from a pretraining, trained or frozen from then on', async () => {
    const { epochs: _, ...pretraining } = { ...trained, maxSteps: 3 };
    await runPretraining(pretraining, at('pre'));
    const before = moved(await weightsOf('pre'));
    expect(Math.max(...before.values())).toBeGreaterThan(0);
    const pretrained = join(root, 'pre');
    await runTraining({ ...settings, pretrained, maxSteps: 2 }, at('then-frozen'));
    expect(moved(await weightsOf('then-frozen'))).toEqual(before);
    await runTraining({ ...trained, pretrained, maxSteps: 2 }, at('then-trained'));
    expect(moved(await weightsOf('then-trained'))).not.toEqual(before);
    const { network } = await openRun(join(root, 'then-frozen'));
    for (const [name, { data }] of network.encoder)
      expect(largestDifference(data, encoder.get(name)!.data), name).toBe(before.get(name));
  });

  test('averages: those of the steps, as the formula says', async () => {
    const one = { ...trained, optimizer: 'sgd', weightDecay: 0, maxSteps: 1 } as const;
    const two = { ...one, maxSteps: 2 } as const;
    await runTraining(one, at('raw-1'));
    await runTraining(two, at('raw-2'));
    await runTraining({ ...two, average: 0.99 }, at('average'));
    const [first, second, average] = [
      await weightsOf('raw-1'),
      await weightsOf('raw-2'),
      await weightsOf('average'),
    ];
    expect([...average.keys()]).toEqual([...second.keys()]);
    const start = await initialWeights();
    for (const [name, { data }] of average) {
      const of = (tensors: Tensors, i: number) => tensors.get(name)!.data[i];
      const expected = data.map((_, i) => {
        // min(0.99, (1 + k) / (10 + k)) for k = 0, 1.
        const once = 0.1 * of(start, i) + 0.9 * of(first, i);
        return (2 / 11) * once + (9 / 11) * of(second, i);
      });
      expect(largestDifference(data, expected), name).toBeLessThan(1e-6);
    }
  });
});

/** What a training with these settings begins with: one step at a rate of next to nothing. */
async function initialWeights(): Promise<Tensors> {
  const still = { ...trained, optimizer: 'sgd', weightDecay: 0, momentum: 0, maxSteps: 1 } as const;
  await runTraining({ ...still, lr: 1e-30, normMomentum: 1e-30 }, at('still'));
  return weightsOf('still');
}

describe('an encoder that is trained from nothing', () => {
  const nothing = { ...trained, encoder: 'random', optimizer: 'adam', weightDecay: 0 } as const;
  /** The name of a batch norm's tensor in the checkpoint. */
  const isNorm = (name: string) => /^encoder\..*\.norm\./.test(name);

  beforeAll(async () => {
    await runTraining(nothing, at('nothing'));
  });

  test('learns its batch norms: they are in the checkpoint, and the biases that they take the place of are not', async () => {
    const tensors = await weightsOf('nothing');
    expect([...tensors.keys()].filter(isNorm)).toHaveLength(4 * (encoder.size / 2));
    expect(tensors.has('encoder.stem.bias')).toBe(false);
    for (const [name, { data }] of tensors) {
      if (!isNorm(name)) continue;
      const start = /weight$|running_var$/.test(name) ? 1 : 0;
      expect(
        largestDifference(
          data,
          data.map(() => start),
        ),
        name,
      ).toBeGreaterThan(0);
    }
  });

  test('is validated as it is predicted with: norms as inputs, and folded', async () => {
    const { network, objective } = await openRun(join(root, 'nothing'), { weights: 'last' });
    const images = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i));
    const ensemble = await Ensemble.open([network], { batch: 2, threads: 1 });
    const folded = await ensemble.run([images]);
    await ensemble.close();
    const { architecture, encoder: own, weights, size } = network;
    const split = await SplitNetwork.open(network, { images: 2, threads: 1 });
    const halves = await split.run(images);
    await split.close();
    const live = evaluationGraph(architecture, own, { ...size, batch: 2 });
    const inputs = Object.fromEntries([...weights].filter(([name]) => live.stored?.includes(name)));
    const { output } = await runGraph(live.outputs, {
      image: { shape: [2, 3, 32, 32], data: images },
      ...inputs,
    });
    expect(objective.head.channels).toBe(1);
    const all = Float32Array.from(folded.flatMap((map) => [...map]));
    expect(largestDifference(all, output.data)).toBeLessThan(1e-4);
    expect(largestDifference(all, halves)).toBeLessThan(1e-4);
  });

  test('goes on to the same bytes', async () => {
    const cut = listening({
      step: (event: { step: number }) => {
        if (event.step === 5) throw new Error('power cut');
      },
    });
    await expect(runTraining(nothing, { ...at('nothing-cut'), ...cut })).rejects.toThrow('power cut');
    await runTraining(nothing, { ...at('nothing-cut'), resume: true });
    expect(await outcome(join(root, 'nothing-cut'))).toEqual(await outcome(join(root, 'nothing')));
  });

  test('is taken over from a pretraining: its norms learned on, or folded where it is frozen', async () => {
    const { epochs: _, ...pretraining } = { ...nothing, maxSteps: 2 };
    await runPretraining(pretraining, at('nothing-pre'));
    const pretrained = join(root, 'nothing-pre');
    const before = await weightsOf('nothing-pre');
    await runTraining({ ...nothing, pretrained, maxSteps: 1, lr: 1e-30 }, at('nothing-on'));
    const on = await weightsOf('nothing-on');
    for (const [name, { data }] of before)
      if (name.startsWith('encoder.') && !/running/.test(name))
        expect(largestDifference(on.get(name)!.data, data), name).toBeLessThan(1e-20);
    const { network } = await openRun(pretrained, { weights: 'last' });
    await runTraining({ ...nothing, trainEncoder: false, pretrained, maxSteps: 1 }, at('nothing-kept'));
    const kept = await openRun(join(root, 'nothing-kept'));
    const image = { image: { shape: [1, 3, 32, 32], data: new Float32Array(3 * 32 * 32).fill(0.3) } };
    const taps = (of: typeof network) =>
      runGraph(
        encoderGraph(of.architecture.encoder, of.encoder, { batch: 1, height: 32, width: 32 }).outputs,
        {
          image: { ...image.image, data: image.image.data.slice() },
        },
      );
    const [one, other] = [await taps(network), await taps(kept.network)];
    for (const [name, { data }] of Object.entries(one))
      expect(largestDifference(other[name].data, data), name).toBeLessThan(1e-5);
  });
});
