import { resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { parseSize } from '../core/size.ts';
import { canonicalDraws, canonicalLabels } from '../data/folders/labels.ts';
import { syntheticCount } from '../data/folders/plain-images.node.ts';
import { asksForNoise, checkPretext } from '../data/pretexts/index.ts';
import { formatPretext, parsePretext } from '../data/pretexts/mixture.ts';
import { isEncoderName } from '../encoders/catalogue.ts';
import { checkArchitecture, checkExtent, defaultChannels } from '../nn/model.ts';
import { formatSkips, parseSkips } from '../nn/skips.ts';
import { parseTransfer } from '../nn/transfer.ts';
import { parseBytes, parseChannels } from './amounts.ts';
import { degradationOf, pretextOf } from './meaning.ts';
import { parseSettings } from './parse.ts';
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
  'size' | 'decoder' | 'decoderChannels' | 'skips' | 'workers' | 'threads' | 'memory'
> &
  Partial<Pick<TrainOptions, 'patience' | 'validation'>> & {
    readonly labels?: string | number | readonly (string | number)[];
  };

/** Settings that name files: written down in full, so that a run can be used from any folder. */
const PATHS = ['data', 'encoder', 'images', 'init', 'pretrained'] as const;

/** Settings that decide nothing, or name what is known by its content: equal runs may differ in them. */
export const INDIFFERENT: readonly string[] = [
  ...PATHS,
  'workers',
  'threads',
  'jobs',
  'audits',
  'memory',
  'cacheFeatures',
  'strict',
];

/** Each takes some 30 MB of memory. */
const MOST_WORKERS = 4;

/** What is known by its name stays a name. */
function placeOf(key: string, given: string): string {
  if (key === 'encoder' && isEncoderName(given)) return given;
  const drawn = key === 'images' ? syntheticCount(given) : undefined;
  return drawn === undefined ? resolve(given) : `synthetic:${drawn}`;
}

/** Files and folders named in full. */
export function withFullPaths<T extends object>(settings: T): T {
  const given = settings as Readonly<Record<string, unknown>>;
  const paths = PATHS.flatMap((key) =>
    typeof given[key] === 'string' ? [[key, placeOf(key, given[key])]] : [],
  );
  return { ...settings, ...(Object.fromEntries(paths) as Partial<T>) };
}

/** Replaces what was left open, or written in one of several ways, by one value each. */
export function resolved<T extends Shared>(settings: T, cores: number) {
  const decoder = settings.decoder ?? 'unet';
  const extent = parseSize(settings.size ?? 128);
  checkExtent(extent);
  const decoderChannels = settings.decoderChannels
    ? parseChannels(settings.decoderChannels)
    : [...defaultChannels(decoder)];
  checkArchitecture({ decoder, decoderChannels, outputs: 1 });
  expectValidation(settings);
  return {
    ...withFullPaths(settings),
    size: `${extent.height}x${extent.width}`,
    decoderChannels,
    skips: formatSkips(parseSkips(String(settings.skips ?? 'all'))),
    workers: settings.workers === 'auto' ? Math.min(cores, MOST_WORKERS) : Number(settings.workers),
    threads: settings.threads === 'auto' ? cores : Number(settings.threads),
    labels: canonicalDraws(settings.labels ?? 'all'),
    memory: parseBytes(settings.memory ?? '2GiB'),
  };
}

function expectValidation({ patience, validation }: { patience?: number; validation?: boolean }): void {
  if (!patience || validation !== false) return;
  throw new UserError({
    what: 'patience',
    got: `${patience} without validation`,
    expected: 'validation, which tells whether an epoch has improved anything',
    fix: 'leave out --patience or --no-validation',
  });
}

/** @param cores what `auto` threads become */
export function resolvePretrain(options: PretrainOptions, cores: number): PretrainConfig {
  const config = parseSettings(pretrainSchema, options);
  expectImages('pretraining', config);
  const pretext = formatPretext(parsePretext(config.pretext));
  expectPlain({ ...config, pretext });
  const settled = resolved({ ...config, pretext }, cores);
  const task = pretextOf(settled);
  checkPretext(task, parseSize(settled.size));
  if (asksForNoise(task) && settled.loss.includes('ssim')) {
    throw new UserError({
      what: 'loss',
      got: `${settled.loss} with --denoise-target noise`,
      expected: 'a loss that is not for images alone',
      fix: 'take mse or l1',
    });
  }
  return settled;
}

/** Statistics are those of freshly drawn weights on images as they are. */
function expectPlain({ method, init, pretext }: Pick<PretrainConfig, 'method' | 'init' | 'pretext'>): void {
  if (method !== 'statistics' || (!init && pretext === 'identity')) return;
  const [what, got] = init ? ['init', init] : ['pretext', pretext];
  throw new UserError({
    what,
    got: `${got} with --method statistics`,
    expected: 'weights drawn by the seed, and images as they are: nothing is learned',
    fix: `leave out --${what}`,
  });
}

/** Settings of a preview, checked; its size stays as it was written. */
export function resolvePreview(options: PreviewOptions): PreviewConfig {
  const config = parseSettings(previewSchema, options);
  expectImages('a preview', config);
  const size = parseSize(config.size);
  checkExtent(size);
  checkPretext(pretextOf(config), size);
  return config;
}

function expectImages(what: string, { data, images }: Pick<PreviewConfig, 'data' | 'images'>): void {
  if (data || images) return;
  throw new UserError({
    what,
    got: 'neither --data nor --images',
    expected: 'images',
    fix: 'give --images DIR or --data DIR',
  });
}

export function resolveTrain(options: TrainOptions, cores: number): TrainConfig {
  const config = parseSettings(trainSchema, options);
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
  for (const [key, usual] of [
    ['newSkips', 'keep'],
    ['transfer', 'decoder'],
  ] as const) {
    if (config[key] === usual || config.pretrained) continue;
    throw new UserError({
      what: key,
      got: `${config[key]} without --pretrained`,
      expected: 'a pretrained decoder',
      fix: 'leave it out, or name the pretraining run',
    });
  }
  const degrade = config.degrade === 'none' ? 'none' : formatPretext(parsePretext(config.degrade, 'degrade'));
  const settled = resolved({ ...config, degrade }, cores);
  const degradation = degradationOf(settled);
  if (degradation) checkPretext(degradation, parseSize(settled.size));
  return settled;
}
