import type { ARM_NAMES, PretrainOptions, StudyConfig, TrainOptions } from '../train/config.ts';
import { lengthOf } from '../train/loop.node.ts';
import type { StudyImages } from './samples.node.ts';

export type ArmName = (typeof ARM_NAMES)[number];

/** One training of a study. */
export interface StudyRun {
  readonly arm: ArmName;
  readonly seed: number;
  readonly phase: 'pretrain' | 'train';
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Of this run, and of all. */
  readonly steps: number;
  readonly stepsInAll: number;
}

/** The runs of a study in chains, of which each needs the ones before it; seed by seed, so that arms can be compared early. */
export function planOf(config: StudyConfig, seeds: readonly number[], images: StudyImages): StudyRun[][] {
  const chains = seeds.flatMap((seed) =>
    config.arms.map((arm) =>
      (['pretrain', 'train'] as const)
        .filter((phase) => phase === 'train' || arm !== 'scratch')
        .map((phase) => ({ arm, seed, phase, steps: stepsOf(config, images, seed, phase) })),
    ),
  );
  const runs = chains.flat();
  const stepsInAll = runs.reduce((sum, { steps }) => sum + steps, 0);
  return chains.map((chain) =>
    chain.map((run) => ({ ...run, number: runs.indexOf(run) + 1, of: runs.length, stepsInAll })),
  );
}

function stepsOf(
  { batch, epochs, pretrainEpochs }: StudyConfig,
  { masked, plain, bySeed }: StudyImages,
  seed: number,
  phase: StudyRun['phase'],
): number {
  const { train, pretrain } = bySeed.get(seed)!;
  return phase === 'train'
    ? lengthOf({ batch, epochs }, masked.part(train).samples.length).steps
    : lengthOf({ batch, epochs: pretrainEpochs }, plain!.part(pretrain).samples.length).steps;
}

/** The settings that a run shares with its study. */
function sharedOptions({
  arms,
  seeds,
  jobs,
  sigma,
  correlation,
  pretrainEpochs,
  epochs,
  loss,
  images,
  transductive,
  ...common
}: StudyConfig) {
  return { ...common, decoderChannels: [...common.decoderChannels] };
}

/** @param pretrained the folder of the run that its decoder comes from */
export function trainOptions(
  config: StudyConfig,
  { seed }: StudyRun,
  pretrained: string | undefined,
): TrainOptions {
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.epochs,
    loss: config.loss,
    patience: 0,
    pretrained,
  };
}

export function pretrainOptions(config: StudyConfig, { arm, seed }: StudyRun): PretrainOptions {
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.pretrainEpochs,
    pretext: arm === 'denoise' ? 'denoise' : 'identity',
    sigma: config.sigma,
    correlation: config.correlation,
    images: config.images,
    transductive: config.transductive,
  };
}
