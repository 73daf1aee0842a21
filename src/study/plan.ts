import { type ArmName, armOf, PRETRAININGS, type PretrainingName } from '../train/arms.ts';
import type { PretrainOptions, StudyConfig, TrainOptions } from '../train/config.ts';
import { lengthOf } from '../train/loop.node.ts';
import type { StudyImages } from './samples.node.ts';

/** One training of a study: of an arm, or a pretraining that one or several arms start from. */
export type StudyRun = (
  | { readonly phase: 'pretrain'; readonly arm: PretrainingName }
  | { readonly phase: 'train'; readonly arm: ArmName }
) & {
  readonly seed: number;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Of this run, and of all. */
  readonly steps: number;
  readonly stepsInAll: number;
};

/**
 * The runs of a study in chains: a pretraining, then the arms that start from it. Seed by seed, so that arms can be compared
 * early.
 */
export function planOf(config: StudyConfig, seeds: readonly number[], images: StudyImages): StudyRun[][] {
  const chains = seeds.flatMap((seed) => {
    const run = <Phase extends StudyRun['phase'], Name>(phase: Phase, arm: Name) => ({
      ...{ phase, arm, seed, steps: stepsOf(config, images, seed, phase) },
    });
    return chainsOf(config.arms).map(({ pretraining, arms }) => [
      ...(pretraining ? [run('pretrain' as const, pretraining)] : []),
      ...arms.map((arm) => run('train' as const, arm)),
    ]);
  });
  const runs = chains.flat();
  const stepsInAll = runs.reduce((sum, { steps }) => sum + steps, 0);
  return chains.map((chain) =>
    chain.map((run) => ({ ...run, number: runs.indexOf(run) + 1, of: runs.length, stepsInAll })),
  );
}

interface Chain {
  readonly pretraining?: PretrainingName;
  readonly arms: ArmName[];
}

/** Arms by their pretraining, in the order in which they first come; each that has none by itself. */
function chainsOf(arms: readonly ArmName[]): Chain[] {
  const chains: Chain[] = [];
  for (const arm of arms) {
    const { pretraining } = armOf(arm);
    const same = pretraining && chains.find((chain) => chain.pretraining === pretraining);
    if (same) same.arms.push(arm);
    else chains.push({ pretraining, arms: [arm] });
  }
  return chains;
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

/** @param folderOf where another run of the study lies */
export function trainOptions(
  config: StudyConfig,
  { arm, seed }: Extract<StudyRun, { phase: 'train' }>,
  folderOf: (run: Pick<StudyRun, 'arm' | 'seed' | 'phase'>) => string,
): TrainOptions {
  const { pretraining, transfer } = armOf(arm);
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.epochs,
    loss: config.loss,
    patience: 0,
    ...(pretraining && { pretrained: folderOf({ arm: pretraining, seed, phase: 'pretrain' }), transfer }),
  };
}

export function pretrainOptions(
  config: StudyConfig,
  { arm, seed }: Extract<StudyRun, { phase: 'pretrain' }>,
): PretrainOptions {
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.pretrainEpochs,
    images: config.images,
    transductive: config.transductive,
    ...PRETRAININGS[arm](config),
  };
}
