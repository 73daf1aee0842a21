import { UserError } from '../core/errors.ts';
import { parseSize } from '../core/size.ts';
import type { RunSettings } from '../runs/network-files.node.ts';
import { parseChannels } from '../settings/amounts.ts';
import { laidOver, resolveAugmentation } from '../settings/augmentation.ts';
import { parseSettings } from '../settings/parse.ts';
import { RUN_SCHEMAS, type RunConfig, type TrainOptions } from '../settings/training.ts';

/** What of a run's settings may be another in a page's training. */
const CHANGEABLE = [
  ...['steps', 'epochs', 'minSteps', 'batch', 'seed', 'shuffle', 'loss', 'classWeights'],
  ...['optimizer', 'lr', 'schedule', 'warmupSteps', 'momentum', 'weightDecay', 'clipNorm'],
  ...['average', 'normMomentum', 'trainEncoder', 'encoderLr', 'freezeEpochs', 'gatePenalty'],
  ...['augment', 'flips', 'scale', 'aspect', 'rotation', 'shift', 'elastic'],
  ...['brightness', 'contrast', 'saturation', 'hue', 'grey', 'blur', 'blurProbability'],
  ...['noise', 'noiseProbability', 'jpeg', 'jpegProbability'],
] as const satisfies readonly (keyof TrainOptions)[];

/** Settings of a training in a page: in place of those of the run, by the same names. */
export type TrainingChanges = Partial<Pick<TrainOptions, (typeof CHANGEABLE)[number]>>;

/**
 * Reads the settings of a run.
 *
 * @throws UserError naming the first that is wrong, or left open
 */
export function parseRunSettings({ kind, ...given }: RunSettings): RunConfig {
  if (kind !== 'train' && kind !== 'pretrain') {
    throw new UserError({
      what: 'settings: kind',
      got: String(kind),
      expected: 'train or pretrain',
      fix: 'give all that config.yaml of a run holds',
    });
  }
  const parsed = parseSettings<(typeof RUN_SCHEMAS)['train' | 'pretrain']>(RUN_SCHEMAS[kind], {
    ...(kind === 'train' && { data: 'images of a page' }),
    ...given,
  });
  const { decoderChannels } = parsed;
  if (decoderChannels === undefined) {
    throw new UserError({
      what: 'settings: decoderChannels',
      got: 'nothing',
      expected: 'the settings of a run, in which nothing is left open',
      fix: 'give all that config.yaml of a run holds',
    });
  }
  const { height, width } = parseSize(parsed.size);
  const settled = {
    ...{ kind, ...parsed, ...resolveAugmentation(parsed) },
    ...{ size: `${height}x${width}`, decoderChannels: parseChannels(decoderChannels) },
    ...{ skips: String(parsed.skips), trainEncoder: String(parsed.trainEncoder) },
  };
  return settled as RunConfig;
}

/** Of plain images, which a page has none of, and of a length that is said anew, a training in a page takes nothing over. */
const LEFT = ['consistency', 'pseudoRounds', 'plain', 'plainWeights'];

/**
 * The settings of a training in a page: those of the run, with a frozen encoder, and what is changed.
 *
 * @throws UserError for a change that is none, or a value that cannot be
 */
export function changedSettings(settings: RunSettings, changes: TrainingChanges): RunSettings {
  const known: readonly string[] = CHANGEABLE;
  const unknown = Object.keys(changes).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError({
      what: 'training in a page',
      got: `the setting ${unknown}`,
      expected: `one of ${CHANGEABLE.join(', ')}`,
      fix: 'leave it out; what the network is, its run has settled',
    });
  }
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const anew = given.some(([name]) => name === 'epochs') ? ['steps', 'minSteps', 'maxSteps'] : ['maxSteps'];
  const left = [...LEFT, ...anew];
  const kept = Object.entries(settings).filter(([name]) => !left.includes(name));
  return laidOver({ ...Object.fromEntries(kept), trainEncoder: 'none' }, Object.fromEntries(given));
}
