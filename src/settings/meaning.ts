import type { PixelReading } from '../data/decode/reading.ts';
import { parseFold } from '../data/folders/folds.ts';
import { parseDraws, parseLabels } from '../data/folders/labels.ts';
import type { SplitOptions } from '../data/folders/split.ts';
import type { Pretext, PretextName, SingleTask } from '../data/pretexts/index.ts';
import { parsePretext } from '../data/pretexts/mixture.ts';
import { ENCODER_PREFIX } from '../nn/context.ts';
import type { OptimizerOptions } from '../nn/optimizers.ts';
import type { ParameterGroup } from '../nn/parameter-groups.ts';
import type { Device, DeviceChoice } from '../runtime/device.ts';
import { type PixelSettings, readingOf } from './pixels.ts';
import type { PretextSettings } from './pretext.ts';
import type { PretrainConfig, TrainConfig } from './training.ts';

/** PyTorch's betas and epsilon; the rest as configured. */
export function optimizerOptionsOf(config: Pick<TrainConfig, 'momentum' | 'weightDecay'>): OptimizerOptions {
  return {
    momentum: config.momentum,
    weightDecay: config.weightDecay,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  };
}

/** The device that was chosen before a run began (`chosenDevice`). */
export function deviceOf({ device }: { readonly device: DeviceChoice }): Device {
  if (device === 'auto') throw new Error('device: got auto, expected one that was chosen');
  return device;
}

/** How a configuration trains the encoder, where it does; in its first epochs it may be frozen. */
export function groupsOf({
  trainEncoder,
  encoderLr,
  freezeEpochs,
}: Pick<TrainConfig, 'trainEncoder' | 'encoderLr' | 'freezeEpochs'>): ParameterGroup[] {
  if (trainEncoder === 'none') return [];
  return [{ name: 'encoder', prefix: ENCODER_PREFIX, lrFactor: encoderLr, frozenEpochs: freezeEpochs }];
}

/** How a configuration splits its data: once for each of its draws of masks. */
export function drawsOf({
  seed,
  labels,
  draw,
  fold,
  validation,
}: Pick<PretrainConfig, 'seed' | 'labels' | 'validation' | 'fold'> & {
  readonly draw?: number;
}): SplitOptions[] {
  return parseDraws(labels).map((one) => ({
    seed,
    labels: parseLabels(one.labels),
    draw: draw ?? one.draw,
    ...(fold !== undefined && { fold: parseFold(fold) }),
    validation,
  }));
}

/** How a configuration splits its data, and reads images to find duplicates; of several draws of masks the first counts. */
export const splitOptionsOf = (
  config: Parameters<typeof drawsOf>[0] & Partial<PixelSettings>,
): SplitOptions & { readonly reading: PixelReading } => ({
  ...drawsOf(config)[0],
  reading: readingOf(config),
});

/** Which settings make a task what it is; those of the others are not read. */
const taskMakers: {
  readonly [K in PretextName]: (settings: PretextSettings) => Extract<SingleTask, { kind: K }>;
} = {
  identity: () => ({ kind: 'identity' }),
  denoise: ({ sigma, correlation, denoiseTarget }) => ({
    kind: 'denoise',
    sigma,
    correlation,
    target: denoiseTarget,
  }),
  mask: ({ maskPatch, maskRatio, maskFill, maskLoss }) => ({
    kind: 'mask',
    patch: maskPatch,
    ratio: maskRatio,
    fill: maskFill,
    loss: maskLoss,
  }),
  restore: () => ({ kind: 'restore' }),
  superres: ({ factor }) => ({ kind: 'superres', factor }),
  colorize: () => ({ kind: 'colorize' }),
};

/**
 * The task that a configuration sets the autoencoder.
 *
 * @throws UserError for one that does not exist
 */
export function pretextOf(config: PretextSettings): Pretext {
  const parts = parsePretext(config.pretext).map(({ name, share }) => ({
    share,
    task: taskMakers[name](config),
  }));
  return parts.length === 1 ? parts[0].task : { kind: 'mixture', parts };
}

/** How training images are degraded; undefined where they are not. Nothing is asked for but the mask. */
export function degradationOf({ degrade, ...settings }: TrainConfig): Pretext | undefined {
  if (degrade === 'none') return undefined;
  return pretextOf({ ...settings, pretext: degrade, denoiseTarget: 'image', maskLoss: 'all' });
}
