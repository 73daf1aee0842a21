import { formatFold } from '../../data/folders/folds.ts';
import { type Draw, parseDraws } from '../../data/folders/labels.ts';
import { studyPath } from '../../records/study-path.ts';
import { laidOver } from '../../settings/augmentation.ts';
import { shared } from '../../settings/shared.ts';
import type { PretrainOptions, TrainOptions } from '../../settings/training.ts';
import { type Length, lengthOf } from '../../train/batch-plan.ts';
import type { ArmSettings } from '../arms.ts';
import type { StudyConfig } from '../config.ts';

/** A pretraining of a study, by the name it has there, and its seed. */
export interface PretrainingKey {
  readonly phase: 'pretrain';
  readonly arm: string;
  readonly seed: number;
  /** Of a study over folds, from 1. */
  readonly fold?: number;
}

/** A fine-tuning of a study: its arm, its seed, and the masks drawn for it. */
export interface FineTuningKey extends Draw {
  readonly phase: 'train';
  readonly arm: string;
  readonly seed: number;
  /** Of a study over folds, from 1. */
  readonly fold?: number;
}

export type StudyRunKey = PretrainingKey | FineTuningKey;

/** One training of a study: of an arm, or a pretraining that one or several arms start from. */
export type StudyRun = StudyRunKey & {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Whether its network is audited when it is done. */
  readonly audited: boolean;
  readonly epochs: number;
  /** Of this run, and of all. */
  readonly steps: number;
  readonly stepsInAll: number;
};

/** How many images a run trains on. */
export type ImageCount = (run: StudyRunKey) => number;

/** How many seeds an arm has, from 0. */
export const seedsOf = (config: Pick<StudyConfig, 'arms' | 'seeds'>, arm: string): number =>
  config.arms[arm].seeds ?? config.seeds;

/** All seeds that any arm has. */
export function allSeeds(config: Pick<StudyConfig, 'arms' | 'seeds'>): number[] {
  const most = Math.max(...Object.keys(config.arms).map((arm) => seedsOf(config, arm)));
  return Array.from({ length: most }, (_, seed) => seed);
}

/** The folds of a study, as part of the keys of its runs; of one without folds a single one that says nothing. */
export const foldsOf = ({ folds }: Pick<StudyConfig, 'folds'>): readonly { readonly fold?: number }[] =>
  folds === undefined ? [{}] : Array.from({ length: folds }, (_, i) => ({ fold: i + 1 }));

/**
 * The runs of a study in chains: a pretraining, then the arms that start from it. Seed by seed, and fold by fold, so that arms can
 * be compared early.
 */
export function planOf(config: StudyConfig, images: ImageCount): StudyRun[][] {
  const chains = allSeeds(config).flatMap((seed) =>
    foldsOf(config)
      .flatMap((fold) => chainsOf(config, { seed, ...fold }))
      .map((chain) =>
        chain.map((key) => ({
          ...key,
          audited: key.phase === 'pretrain' && seed < config.audits && (key.fold ?? 1) === 1,
          ...lengthOfRun(config, key, images),
        })),
      ),
  );
  const runs = chains.flat();
  const stepsInAll = runs.reduce((sum, { steps }) => sum + steps, 0);
  const numbers = new Map(runs.map((run, i) => [run, i + 1]));
  return chains.map((chain) =>
    chain.map((run) => ({ ...run, number: numbers.get(run)!, of: runs.length, stepsInAll })),
  );
}

/** Arms by their pretraining, in the order in which they first come; of those that have none each run by itself. */
function chainsOf(config: StudyConfig, of: Pick<PretrainingKey, 'seed' | 'fold'>): StudyRunKey[][] {
  const draws = parseDraws(config.labels);
  const chains: StudyRunKey[][] = [];
  const begun = new Map<string, StudyRunKey[]>();
  for (const [arm, { pretraining }] of Object.entries(config.arms)) {
    if (of.seed >= seedsOf(config, arm)) continue;
    const runs = draws.map((draw): StudyRunKey => ({ phase: 'train', arm, ...of, ...draw }));
    if (pretraining === undefined) {
      chains.push(...runs.map((run) => [run]));
      continue;
    }
    const chain = begun.get(pretraining) ?? [{ phase: 'pretrain', arm: pretraining, ...of }];
    if (!begun.has(pretraining)) chains.push(chain);
    begun.set(pretraining, chain);
    chain.push(...runs);
  }
  return chains;
}

/** How long a run is, all its rounds together. */
function lengthOfRun(
  config: StudyConfig,
  key: StudyRunKey,
  images: ImageCount,
): Pick<Length, 'steps' | 'epochs'> {
  const { batch, epochs, steps, minSteps, epochSteps, pretrainEpochs, pretrainings } = config;
  const own = key.phase === 'pretrain' && pretrainings[key.arm];
  if (own && own.method === 'statistics') return { steps: 0, epochs: 0 };
  const given = own ? { epochs: own.epochs ?? pretrainEpochs } : { epochs, steps, minSteps, epochSteps };
  const length = lengthOf({ batch, ...given }, images(key));
  const networks = networksOf(config, key);
  return { steps: networks * length.steps, epochs: networks * length.epochs };
}

/** The chains without the fine-tunings that are known, and without the pretrainings that nothing left starts from. */
export function withoutKnown(
  chains: readonly (readonly StudyRun[])[],
  isKnown: (run: FineTuningKey) => boolean,
): StudyRun[][] {
  return chains
    .map((chain) => chain.filter((run) => run.phase === 'pretrain' || !isKnown(run)))
    .filter((chain) => chain.some(({ phase }) => phase === 'train'));
}

/** Where a run lies in the folder of its study. Its masks are in the name only if the study draws them more than once. */
export function placeOf(config: Pick<StudyConfig, 'labels'>, key: StudyRunKey): string[] {
  const drawnOnce = parseDraws(config.labels).length === 1;
  const masks = key.phase === 'train' && !drawnOnce ? key : undefined;
  return studyPath(key.arm, key.seed, key.phase, masks, key.fold);
}

/** The settings that a run shares with its study. */
function sharedOptions(config: StudyConfig) {
  const names = Object.keys(shared) as (keyof typeof shared)[];
  const options = Object.fromEntries(names.map((name) => [name, config[name]])) as Pick<
    StudyConfig,
    keyof typeof shared
  >;
  return { ...options, decoderChannels: [...options.decoderChannels] };
}

/** Whether an arm's fine-tunings learn from plain images beside those with masks. */
export const learnsFromPlain = ({ consistency = 'off', pseudoRounds }: ArmSettings): boolean =>
  consistency !== 'off' || pseudoRounds !== undefined;

/** How many networks a run trains, one after the other: with self-training one a round. */
export const networksOf = (config: Pick<StudyConfig, 'arms'>, { phase, arm }: StudyRunKey): number =>
  phase === 'train' ? 1 + (config.arms[arm].pseudoRounds ?? 0) : 1;

/** @param folderOf where another run of the study lies */
export function trainOptions(
  config: StudyConfig,
  { arm, seed, labels, draw, fold }: FineTuningKey,
  folderOf: (key: PretrainingKey) => string,
): TrainOptions {
  const { seeds, pretraining, ...own } = config.arms[arm];
  const { epochs, steps, minSteps, epochSteps, validation, loss, plain } = config;
  const { maskValues, classes, ignore, multilabel, fit, crop, cropScale, cropObjects } = config;
  return {
    recipe: 'classic',
    ...{ maskValues, classes, ignore, multilabel },
    ...{ fit, crop, cropScale, cropObjects },
    ...{ epochs, steps, minSteps, epochSteps, validation, loss },
    ...(learnsFromPlain(own) && { plain }),
    patience: 0,
    ...laidOver(sharedOptions(config), own),
    ...{ seed, labels, draw },
    ...foldSetting(config, fold),
    ...(pretraining && { pretrained: folderOf({ phase: 'pretrain', arm: pretraining, seed, fold }) }),
  };
}

/** The setting of a run in a fold. */
export const foldSetting = (
  { folds }: Pick<StudyConfig, 'folds'>,
  fold: number | undefined,
): { readonly fold?: string } =>
  folds === undefined || fold === undefined ? {} : { fold: formatFold({ number: fold, of: folds }) };

export function pretrainOptions(config: StudyConfig, { arm, seed, fold }: PretrainingKey): PretrainOptions {
  const { labels, pretrainEpochs: epochs, plain, transductive, validation, fit, crop, cropScale } = config;
  return {
    ...{ epochs, plain, transductive, validation, fit, crop, cropScale },
    ...laidOver(sharedOptions(config), config.pretrainings[arm]),
    seed,
    labels,
    ...foldSetting(config, fold),
  };
}

/** How many threads each run of a study has in one process. */
export const threadsOfRun = ({ threads, jobs }: Pick<StudyConfig, 'threads' | 'jobs'>): number =>
  Math.max(1, Math.floor(threads / jobs));
