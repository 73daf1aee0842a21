import { progressOf } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import type { RunContext } from '../events/run-event.ts';
import { writeCheckpoint } from '../records/checkpoint.node.ts';
import type { Provenance } from '../records/checkpoint.ts';
import type { RunFolder } from '../records/run-folder.node.ts';
import type { PretrainSummary } from '../records/summaries.ts';
import { augmentationOf } from '../settings/augmentation.ts';
import { deviceOf, groupsOf, optimizerOptionsOf } from '../settings/meaning.ts';
import { pretrainObjective } from '../settings/objective.ts';
import type { PretrainConfig } from '../settings/training.ts';
import { fitNetwork } from './fit.node.ts';
import type { LoadedSamples } from './images.node.ts';
import { normStatistics } from './statistics.node.ts';

type MethodName = PretrainConfig['method'];

/** A pretraining that has all that it needs. */
export interface Pretraining {
  readonly config: PretrainConfig;
  readonly provenance: Provenance;
  readonly encoder: Tensors;
  readonly initial: Tensors;
  readonly folder: RunFolder;
  readonly train: LoadedSamples;
  readonly validation?: LoadedSamples;
  readonly saveEvery?: number;
}

/** What is done in a pretraining, by name: it leaves `weights/last.safetensors` in the folder, and says what came of it. */
export const methods: Readonly<
  Record<MethodName, (pretraining: Pretraining, context: RunContext) => Promise<PretrainSummary>>
> = { autoencoder: autoencode, statistics: takeStatistics };

/** The decoder learns to paint images. */
async function autoencode(pretraining: Pretraining, context: RunContext): Promise<PretrainSummary> {
  const { config, provenance, encoder, initial, train } = pretraining;
  const result = await fitNetwork(
    {
      ...pretraining,
      plan: {
        ...config,
        architecture: provenance.architecture,
        encoder,
        initial,
        size: parseSize(config.size),
        device: deviceOf(config),
        objective: pretrainObjective(config),
        optimizerOptions: optimizerOptionsOf(config),
        groups: groupsOf(config),
        augmentation: augmentationOf(config),
      },
      patience: config.patience,
      cacheFeatures: config.cacheFeatures,
      memoryBytes: config.memory,
    },
    context,
  );
  const { steps, epochs, best, interrupted, seconds, waitedForData } = result;
  return {
    kind: 'pretrain',
    method: 'autoencoder',
    steps,
    epochs,
    images: train.samples.length,
    best_epoch: best?.epoch,
    val_mse: best?.scores.val_mse,
    val_psnr: best?.scores.val_psnr,
    interrupted,
    seconds,
    waited_for_data: waitedForData,
  };
}

/** The decoder's batch norms get the statistics of what they are given; nothing is learned. Resumed, it begins again. */
async function takeStatistics(pretraining: Pretraining, context: RunContext): Promise<PretrainSummary> {
  const { config, provenance, encoder, initial, folder, train } = pretraining;
  const { architecture } = provenance;
  const began = performance.now();
  const device = deviceOf(config);
  const plan = { ...config, architecture, encoder, initial, size: parseSize(config.size), device };
  const { signal } = context;
  const onImages = progressOf(context, 'computing statistics');
  const { weights, images } = await normStatistics(plan, train, { signal, onImages });
  await writeCheckpoint(folder.weightsPath('last'), weights, provenance, { epoch: 0, step: 0 });
  return {
    kind: 'pretrain',
    method: 'statistics',
    steps: 0,
    epochs: 0,
    images,
    interrupted: images < train.samples.length,
    seconds: (performance.now() - began) / 1000,
    waited_for_data: 0,
  };
}
