import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { parseSize } from '../core/size.ts';
import { formatFold, parseFold } from '../data/folders/folds.ts';
import { type Grouping, groupsByPattern } from '../data/folders/groups.ts';
import { canonicalDraws, canonicalLabels } from '../data/folders/labels.ts';
import { asksForNoise, checkPretext } from '../data/pretexts/index.ts';
import { formatPretext, parsePretext } from '../data/pretexts/mixture.ts';
import { formatEncoderInput } from '../encoders/input.ts';
import { isOnnxFile } from '../encoders/onnx-file.node.ts';
import { checkViews } from '../eval/views.ts';
import { skipTaps } from '../nn/encoder.ts';
import { formatLoss, parseLoss } from '../nn/loss-sum.ts';
import { IMAGE_LOSSES } from '../nn/losses.ts';
import { checkArchitecture, checkSize, defaultChannels } from '../nn/model.ts';
import { formatSkips, parseSkips } from '../nn/skips.ts';
import { formatEncoderTraining, parseEncoderTraining } from '../nn/trained-encoder.ts';
import { parseTransfer } from '../nn/transfer.ts';
import { parseBytes, parseChannels, parseFactors } from './amounts.ts';
import { encoderOf } from './architecture.node.ts';
import { type ResolvedAugmentation, resolveAugmentation } from './augmentation.ts';
import { consistencySettings, LABELLED, PLAIN_CHOICE, plainSources } from './consistency.ts';
import { settledCrop, settledPieces } from './crop.ts';
import { parseMaskLoss } from './mask-loss.ts';
import { degradationOf, pretextOf } from './meaning.ts';
import { parseSettings } from './parse.ts';
import { withRecipe } from './recipes.ts';
import { inOrder, settingsOf } from './setting.ts';
import {
  type PretrainConfig,
  type PretrainOptions,
  type PreviewConfig,
  type PreviewOptions,
  pretrainSchema,
  previewSchema,
  type TrainConfig,
  type TrainOptions,
  trainSchema,
} from './training.ts';

type Shared = Pick<
  TrainOptions,
  | 'encoder'
  | 'encoderInput'
  | 'trainEncoder'
  | 'freezeEpochs'
  | 'encoderLr'
  | 'size'
  | 'decoder'
  | 'decoderChannels'
  | 'skips'
  | 'workers'
  | 'threads'
  | 'memory'
  | keyof ResolvedAugmentation
> &
  Partial<Pick<TrainOptions, 'patience' | 'validation' | 'fold' | keyof Grouping>> & {
    readonly labels?: string | number | readonly (string | number)[];
  };

/** How many threads are meant. */
export const threadsOf = (threads: number | 'auto' | undefined, cores = availableParallelism()) =>
  typeof threads === 'number' ? threads : cores;

/** Each takes some 30 MB of memory. */
const MOST_WORKERS = 4;

/** Files and folders named in full; what is known by its name stays a name. */
export function withFullPaths<T extends object>(schema: z.ZodObject, settings: T): T {
  const given = settings as Readonly<Record<string, unknown>>;
  const paths = settingsOf(schema).flatMap(([name, , { path }]) => {
    const value = given[name];
    if (!path || !value) return [];
    const full = (each: string) => (path !== true && path(each)) || resolve(each);
    return [[name, Array.isArray(value) ? value.map(full) : full(String(value))]];
  });
  return { ...settings, ...(Object.fromEntries(paths) as Partial<T>) };
}

/** Replaces what was left open, or written in one of several ways, by one value each. */
export function resolved<T extends Shared>(schema: z.ZodObject, settings: T, cores: number) {
  const decoder = settings.decoder ?? 'unet';
  const size = parseSize(settings.size ?? 128);
  const encoder = encoderOf({ ...settings, size: settings.size ?? 128 });
  checkSize(size, encoder);
  const decoderChannels = settings.decoderChannels
    ? parseChannels(settings.decoderChannels)
    : [...defaultChannels(decoder, encoder)];
  checkArchitecture({ encoder, decoder, decoderChannels });
  const skips = skipTaps(encoder).length;
  expectValidation(settings);
  expectGrouping(settings);
  const training = parseEncoderTraining(settings.trainEncoder ?? false, encoder);
  if (training === 'none') expectUsual(settings, USUAL_ENCODER_TRAINING, '--train-encoder');
  return inOrder(schema, {
    ...withFullPaths(schema, settings),
    ...resolveAugmentation(settings),
    size: `${size.height}x${size.width}`,
    decoderChannels,
    encoderInput: formatEncoderInput(settings.encoderInput ?? 'own'),
    trainEncoder: formatEncoderTraining(training),
    skips: formatSkips(parseSkips(String(settings.skips ?? 'all'), skips), skips),
    workers: settings.workers === 'auto' ? Math.min(cores, MOST_WORKERS) : Number(settings.workers),
    threads: threadsOf(settings.threads, cores),
    labels: canonicalDraws(settings.labels ?? 'all'),
    ...(settings.fold !== undefined && { fold: formatFold(parseFold(settings.fold)) }),
    memory: parseBytes(settings.memory ?? '2GiB'),
  });
}

/** What says how the encoder is trained is for one that is. */
const USUAL_ENCODER_TRAINING = { encoderLr: 0.1, freezeEpochs: 0 };

/** @throws UserError naming the first setting that says something, though it is for another one that is not given */
function expectUsual(
  settings: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>>,
  needed: string,
): void {
  for (const [key, value] of Object.entries(usual)) {
    if (settings[key] === undefined || settings[key] === value) continue;
    throw new UserError({
      what: key,
      got: `${settings[key]} without ${needed}`,
      expected: `${needed}, for which it is`,
      fix: `leave it out, or give ${needed}`,
    });
  }
}

/** @throws UserError for two ways to tell groups, and for a pattern that is none */
export function expectGrouping({ groups, groupPattern }: Grouping): void {
  if (groupPattern === undefined) return;
  groupsByPattern(groupPattern);
  if (groups === undefined) return;
  throw new UserError({
    what: 'groups',
    got: 'both --groups and --group-pattern',
    expected: 'one of them',
    fix: 'leave one out',
  });
}

function expectValidation({
  patience,
  validation,
}: Pick<Partial<TrainOptions>, 'patience' | 'validation'>): void {
  if (!patience || validation !== false) return;
  throw new UserError({
    what: 'patience',
    got: `${patience} without validation`,
    expected: 'validation, which shows whether an epoch is better',
    fix: 'leave out --patience or --no-validation',
  });
}

/** @param cores what `auto` threads become */
export function resolvePretrain(options: PretrainOptions, cores: number): PretrainConfig {
  const config = parseSettings(pretrainSchema, options);
  expectImages('pretraining', config);
  const pretext = formatPretext(parsePretext(config.pretext));
  const loss = formatLoss(parseLoss(config.loss, IMAGE_LOSSES));
  const given = { ...config, ...settledPieces(config), pretext, loss };
  const settled = resolved(pretrainSchema, given, cores);
  expectNothingToLearn(settled);
  const task = pretextOf(settled);
  checkPretext(task, parseSize(settled.size));
  if (asksForNoise(task) && settled.loss.includes('ssim')) {
    throw new UserError({
      what: 'loss',
      got: `${settled.loss} with --denoise-target noise`,
      expected: 'a loss that can compare noise',
      fix: 'take mse or l1',
    });
  }
  return settled;
}

/** Statistics are those of freshly drawn weights on images as they are. */
function expectNothingToLearn(config: PretrainConfig): void {
  if (config.method !== 'statistics') return;
  const what = LEARNING.find(({ key, usual }) => config[key] !== usual);
  if (!what) return;
  throw new UserError({
    what: what.key,
    got: `${config[what.key]} with --method statistics`,
    expected: 'random weights and unchanged images, as this method learns nothing',
    fix: `leave out ${what.flag}`,
  });
}

/** What speaks of learning, if it is not as usual. */
const LEARNING = [
  { key: 'init', usual: undefined, flag: '--init' },
  { key: 'pretext', usual: 'identity', flag: '--pretext' },
  { key: 'trainEncoder', usual: 'none', flag: '--train-encoder' },
  { key: 'average', usual: 0, flag: '--average' },
] as const;

/** Settings of a preview, checked; its size stays as it was written. */
export function resolvePreview(options: PreviewOptions): PreviewConfig {
  const config = parseSettings(previewSchema, options);
  expectImages('a preview', config);
  const size = parseSize(config.size);
  checkSize(size, encoderOf({}));
  checkPretext(pretextOf(config), size);
  return { ...config, ...resolveAugmentation(config) };
}

function expectImages(what: string, { data, plain }: Pick<PreviewConfig, 'data' | 'plain'>): void {
  if (data || plain) return;
  throw new UserError({
    what,
    got: 'neither --data nor --plain',
    expected: 'images',
    fix: 'give --plain DIR or --data DIR',
  });
}

export function resolveTrain(options: TrainOptions, cores: number): TrainConfig {
  const config = parseSettings(trainSchema, withRecipe(options, !isOnnxFile(String(options.encoder))));
  if (config.init && config.pretrained) {
    throw new UserError({
      what: 'training',
      got: 'both --init and --pretrained',
      expected: 'one start',
      fix: 'leave one out',
    });
  }
  canonicalLabels(config.labels);
  parseTransfer(config.transfer);
  if (!config.pretrained) expectUsual(config, { newSkips: 'keep', transfer: 'decoder' }, '--pretrained');
  const degrade = config.degrade === 'none' ? 'none' : formatPretext(parsePretext(config.degrade, 'degrade'));
  const loss = formatLoss(parseMaskLoss(config.loss));
  const given = { ...config, ...settledCrop(config), degrade, loss };
  const { plain, plainWeights, ...left } = resolved(trainSchema, given, cores);
  const settled = inOrder(trainSchema, { ...left, ...settledPlain({ plain, plainWeights }) });
  const size = parseSize(settled.size);
  checkViews(settled.views, size);
  const degradation = degradationOf(settled);
  if (degradation) checkPretext(degradation, size);
  expectOneWay(settled);
  return settled;
}

/** Folders of plain images with their weights; one of them is a text. */
function settledPlain({
  plain,
  plainWeights,
}: Pick<TrainOptions, 'plain' | 'plainWeights'>): Pick<TrainConfig, 'plain' | 'plainWeights'> {
  const sources = plainSources({ plain });
  const twice = sources.find((source, i) => sources.indexOf(source) < i);
  if (twice !== undefined) {
    throw new UserError({
      what: 'plain',
      got: `${twice} twice`,
      expected: 'each folder once',
      fix: 'leave one out; --plain-weights says how much is drawn of it',
    });
  }
  const weights = plainWeights === undefined ? undefined : parseFactors(plainWeights, 'plainWeights', '3,1');
  if (weights && weights.length !== sources.length) {
    throw new UserError({
      what: 'plainWeights',
      got: weights.length === 1 ? '1 number' : `${weights.length} numbers`,
      expected: `one for each --plain, of which there ${sources.length === 1 ? 'is 1' : `are ${sources.length}`}`,
      fix: `give --plain and --plain-weights in the same order: ${sources.join(', ')}`,
    });
  }
  return {
    ...(plain !== undefined && { plain: sources.length === 1 ? sources[0] : sources }),
    ...(weights && { plainWeights: weights }),
  };
}

/** Plain images are learned from in one way, and only then is anything said of it. */
function expectOneWay(config: TrainConfig): void {
  const { consistency, pseudoRounds } = config;
  const choice: readonly string[] = pseudoRounds ? PLAIN_CHOICE : [];
  const usual = Object.entries(USUAL_CONSISTENCY).filter(([name]) => !choice.includes(name));
  if (consistency === 'off') expectUsual(config, Object.fromEntries(usual), '--consistency teacher');
  if (!pseudoRounds) return;
  if (consistency !== 'off') {
    throw new UserError({
      what: 'pseudoRounds',
      got: `${pseudoRounds} with --consistency ${consistency}`,
      expected: 'one way to learn from plain images',
      fix: 'leave one out',
    });
  }
  if (!plainSources(config).includes(LABELLED)) return;
  throw new UserError({
    what: 'plain',
    got: `${LABELLED} with --pseudo-rounds`,
    expected: 'images without masks, which are to be marked',
    fix: 'leave it out',
  });
}

/** What says how plain images are learned from is for a training that does. */
const USUAL_CONSISTENCY = Object.fromEntries(
  Object.entries(consistencySettings).flatMap(([name, type]) =>
    ['consistency', 'pseudoRounds'].includes(name) ? [] : [[name, type.parse(undefined)]],
  ),
);
