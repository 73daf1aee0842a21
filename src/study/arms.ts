import * as z from 'zod';
import { parseSize } from '../core/size.ts';
import { count, pretrainSchema, text, trainSchema } from '../settings/training.ts';

/** Settings of a study that its own arms go by. */
interface Given {
  readonly sigma: number;
  readonly correlation: number;
  /** HxW. */
  readonly size: string;
}

/** Settings that are the same for every run of a study, or that the study gives to each. */
const OF_THE_STUDY = [
  ...['data', 'decoder', 'decoderChannels', 'size', 'batch', 'labels', 'seed', 'maxSteps', 'validation'],
  ...['patience', 'init', 'workers', 'threads', 'kernels', 'memory', 'cacheFeatures', 'strict'],
] as const;

/** What a pretraining has for itself; all else it shares with the study. */
export const pretrainingSchema = z.strictObject(optional(pretrainSchema.shape, OF_THE_STUDY));
export type PretrainingSettings = z.output<typeof pretrainingSchema>;

/** What an arm has for itself: where its decoder comes from, and how its fine-tuning differs from the others'. */
export const armSchema = z.strictObject({
  seeds: count(1).optional().describe('how many seeds, from 0, if not as many as the study'),
  pretraining: text.optional().describe('which pretraining its decoder comes from; none = drawn by the seed'),
  ...optional(trainSchema.shape, [...OF_THE_STUDY, 'subset', 'epochs', 'pretrained']),
});
export type ArmSettings = z.output<typeof armSchema>;

/** The pretrainings that a study knows, by name: in what each differs from the others. Arms share them. */
export const PRETRAININGS: Readonly<Record<string, (given: Given) => PretrainingSettings>> = {
  identity: () => ({ pretext: 'identity' }),
  denoise: ({ sigma, correlation }) => ({ pretext: 'denoise', sigma, correlation }),
  'denoise-coarse': ({ sigma, size }) => ({ pretext: 'denoise', sigma, correlation: eighthOf(size) }),
  'denoise-noise': ({ sigma, correlation }) => ({
    pretext: 'denoise',
    sigma,
    correlation,
    denoiseTarget: 'noise',
  }),
  mask: () => ({ pretext: 'mask' }),
  restore: () => ({ pretext: 'restore' }),
  superres: () => ({ pretext: 'superres' }),
  colorize: () => ({ pretext: 'colorize' }),
  'no-skips': () => ({ pretext: 'identity', skips: 'none' }),
  'skip-dropout': () => ({ pretext: 'identity', skips: 'drop:0.5' }),
  'bn-init': () => ({ method: 'statistics' }),
  foreign: () => ({ pretext: 'identity', images: 'synthetic' }),
  'unit-identity': () => ({ pretext: 'identity', encoderRange: 'unit' }),
};

const from = (pretraining: string, settings: ArmSettings = {}) => ({ pretraining, ...settings });

/** The arms that a study knows, by name: a start without pretraining, each pretraining, and controls. */
export const ARMS: Readonly<Record<string, (given: Given) => ArmSettings>> = {
  scratch: () => ({}),
  'scratch+degrade': ({ sigma, size }) => ({
    degrade: 'identity:1,denoise:1',
    sigma,
    correlation: eighthOf(size),
  }),
  ...Object.fromEntries(Object.keys(PRETRAININGS).map((name) => [name, () => from(name)])),
  matched: () => from('identity', { transfer: 'matched' }),
  shuffled: () => from('identity', { transfer: 'shuffled' }),
  'partial-1': () => from('identity', { transfer: 'partial:1' }),
  'partial-2': () => from('identity', { transfer: 'partial:2' }),
  'partial-3': () => from('identity', { transfer: 'partial:3' }),
  'random-encoder': () => ({ encoder: 'random' }),
  'unit-input': () => ({ encoderRange: 'unit' }),
  'unit-identity': () => from('unit-identity', { encoderRange: 'unit' }),
};

/** Of the shorter side: noise as coarse as lesions are. */
function eighthOf(size: string): number {
  const { height, width } = parseSize(size);
  return Math.min(height, width) / 8;
}

/** Settings that may be left out, and have no default: what is left out is the study's. */
function optional<Shape extends Readonly<Record<string, z.ZodType>>, Left extends string>(
  shape: Shape,
  left: readonly Left[],
) {
  const entries = Object.entries(shape)
    .filter(([key]) => !(left as readonly string[]).includes(key))
    .map(([key, type]) => [
      key,
      (type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type).optional(),
    ]);
  return Object.fromEntries(entries) as {
    [K in Exclude<keyof Shape, Left>]: z.ZodOptional<WithoutDefault<Shape[K]>>;
  };
}

type WithoutDefault<T> = T extends z.ZodDefault<infer Inner> ? Inner : T extends z.ZodType ? T : never;
