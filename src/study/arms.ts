import * as z from 'zod';
import { parseSize } from '../core/size.ts';
import { LABELLED } from '../settings/consistency.ts';
import { FULL_PARTS } from '../settings/recipes.ts';
import { type OfStudy, setting, settingsOf } from '../settings/setting.ts';
import { count, text } from '../settings/shared.ts';
import { pretrainSchema, trainSchema } from '../settings/training.ts';
import { type Parts, together } from './ablation.ts';

/** Settings of a study on which its built-in arms depend. */
interface Given {
  readonly sigma: number;
  readonly correlation: number;
  /** HxW. */
  readonly size: string;
}

/** The settings of a pretraining that differ from the study's. */
export const pretrainingSchema = z.strictObject(ownSettings(pretrainSchema));
export type PretrainingSettings = z.output<typeof pretrainingSchema>;

/** The settings of an arm: where its decoder comes from, and how its fine-tuning differs from the study's. */
export const armSchema = z.strictObject({
  seeds: setting(count(1).optional(), 'Study', 'Number of seeds, if not as many as the study'),
  pretraining: setting(
    text.optional(),
    'Study',
    'Pretraining that its decoder comes from. Without it the seed draws the decoder',
  ),
  ...ownSettings(trainSchema),
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
  foreign: () => ({ pretext: 'identity', plain: 'synthetic' }),
  'unit-identity': () => ({ pretext: 'identity', encoderInput: 'unit' }),
};

const from = (pretraining: string, settings: ArmSettings = {}) => ({ pretraining, ...settings });

/** What can be added to a training with a frozen encoder, in the order in which it is, each beside all before it. */
const PARTS = {
  'trained-encoder': FULL_PARTS['trained-encoder'],
  light: FULL_PARTS.light,
  averaged: FULL_PARTS.averaged,
  consistency: { consistency: 'teacher' },
} satisfies Parts;
const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** What an ablation takes apart, by name: each of the parts above with all before it, and the recipe of `train`. */
export const ABLATIONS: Readonly<Record<string, Parts>> = {
  ...Object.fromEntries(
    NAMES.slice(1).map((last, i) => [
      last,
      Object.fromEntries(NAMES.slice(0, i + 2).map((name) => [name, PARTS[name]])),
    ]),
  ),
  full: FULL_PARTS,
};

const plainImages = (settings: ArmSettings = {}) => ({ ...together(ABLATIONS.consistency), ...settings });

/**
 * The arms that a study knows, by name: a start without pretraining, each pretraining, controls; what helps with few masks, each
 * beside all before it, and its controls.
 */
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
  'unit-input': () => ({ encoderInput: 'unit' }),
  'unit-identity': () => from('unit-identity', { encoderInput: 'unit' }),
  frozen: () => ({ trainEncoder: 'none' }),
  'trained-encoder': () => PARTS['trained-encoder'],
  ...Object.fromEntries(Object.entries(ABLATIONS).map(([name, parts]) => [name, () => together(parts)])),
  'consistency-shuffled': () => plainImages({ pseudoMasks: 'shuffled' }),
  'consistency-foreign': () => plainImages({ plain: 'synthetic' }),
  'pseudo-masks': () => plainImages({ consistency: 'off', pseudoRounds: 1 }),
  'labelled-only': () => plainImages({ plain: LABELLED }),
  'no-cutmix': () => plainImages({ cutmix: 0 }),
  'student-teacher': () => plainImages({ average: 0 }),
};

/** Of the shorter side: noise as coarse as lesions are. */
function eighthOf(size: string): number {
  const { height, width } = parseSize(size);
  return Math.min(height, width) / 8;
}

/** The settings that are not the study's. They may be left out and have no default: what is left out is the study's. */
function ownSettings<Schema extends z.ZodObject>(schema: Schema) {
  const own = settingsOf(schema).flatMap(([name, type, { ofStudy, topic, description, ...roles }]) => {
    if (ofStudy) return [];
    const plain = type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type;
    return [[name, setting(plain.optional(), topic, description, roles)]];
  });
  return Object.fromEntries(own) as OwnShape<Schema['shape']>;
}

type OwnShape<Shape> = {
  [K in keyof Shape as Shape[K] extends OfStudy ? never : K]: z.ZodOptional<WithoutDefault<Shape[K]>>;
};
type WithoutDefault<T> = T extends z.ZodDefault<infer Inner> ? Inner : T extends z.ZodType ? T : never;
