import { join } from 'node:path';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { mean } from '../eval/metrics.ts';
import { begin } from '../train/begin.node.ts';
import type { ARM_NAMES, PretrainOptions, StudyConfig, StudyOptions, TrainOptions } from '../train/config.ts';
import { hintIfShort, type RunHooks, type RunPlace } from '../train/fit.node.ts';
import { lengthOf } from '../train/loop.node.ts';
import { type PretrainSummary, runPretraining } from '../train/pretrain.node.ts';
import { resolveStudy } from '../train/resolve.node.ts';
import { runFineTuning, type TrainSummary } from '../train/train.node.ts';
import { openStudyImages, type StudyImages } from './samples.node.ts';

export type ArmName = (typeof ARM_NAMES)[number];

/** One training of a study. */
export interface StudyRun {
  readonly arm: ArmName;
  readonly seed: number;
  readonly phase: 'pretrain' | 'train';
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Steps of the study that come before this run, and all of them. */
  readonly stepsBefore: number;
  readonly stepsInAll: number;
}

export interface StudyHooks extends RunHooks {
  /** Before a run starts. */
  onRun?(run: StudyRun): void;
  /** After a run has ended. */
  onRunEnd?(run: StudyRun, folder: string, summary: PretrainSummary | TrainSummary): Promise<void>;
}

/** What an arm scored. */
export interface ArmResult {
  readonly arm: ArmName;
  readonly seeds: readonly {
    readonly seed: number;
    readonly lowest_val_loss: number;
    readonly best_val_dice: number;
    readonly best_epoch: number;
    readonly steps: number;
    readonly test: TrainSummary['test'];
  }[];
  /** Means over the seeds of the mean test Dice. */
  readonly dice: number;
  readonly net_dice: number;
}

export interface StudySummary {
  readonly kind: 'study';
  readonly arms: readonly ArmResult[];
  readonly interrupted: boolean;
  readonly seconds: number;
}

/**
 * Trains the same network from several starts under the same seeds: `OUT/<arm>/seed-<n>/{pretrain,train}/`. Arms of a
 * seed share the masks they may use, the order of images, the initial values of shared parts and the number of steps.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runStudy(
  options: StudyOptions,
  place: Omit<RunPlace, 'images'>,
  hooks: StudyHooks = {},
): Promise<StudySummary> {
  const { config, done, openFolder } = await begin<StudyOptions, StudyConfig, StudySummary>(
    { kind: 'study', resolve: resolveStudy },
    options,
    place,
  );
  if (done) return done;
  const seeds = Array.from({ length: config.seeds }, (_, seed) => seed);
  // The runs read it again; a mistake must not wait for them, with an earlier study gone.
  await readEncoder(config.encoder, hooks);
  const images = await openStudyImages(config, seeds, hooks);
  const began = performance.now();
  const { resume, saveEvery } = place;
  const summaries = new Map<string, TrainSummary>();
  const csv: string[] = [];
  let interrupted = false;
  try {
    hintIfShort(config, images.masked.part(images.bySeed.get(seeds[0])!.train).samples.length, hooks);
    const folder = await openFolder(hooks.command);
    for (const run of planOf(config, seeds, images)) {
      const { arm, seed, phase } = run;
      hooks.onRun?.(run);
      const base = join(place.out, arm, `seed-${seed}`);
      const out = join(base, phase);
      // What is to be said of the data was said once.
      const runHooks = { ...hooks, onWarning: undefined, onNotice: undefined, onLoad: undefined };
      const summary =
        phase === 'pretrain'
          ? await runPretraining(
              pretrainOptions(config, arm, seed),
              { out, resume, saveEvery, images: images.plain },
              runHooks,
            )
          : await runFineTuning(
              trainOptions(config, seed, arm === 'scratch' ? undefined : join(base, 'pretrain')),
              { out, resume, saveEvery, images: images.masked },
              runHooks,
            );
      // Data and encoder may have moved; that they are the same is known once a run has taken them.
      if (run.number === 1)
        await folder.writeSetUp({ kind: 'study', ...config }, hooks.command, config.threads);
      interrupted = summary.interrupted;
      if (interrupted) break;
      if (summary.kind === 'train') {
        summaries.set(`${arm} ${seed}`, summary);
        const { header, rows } = await testRowsOf(arm, seed, out);
        csv.push(...(csv.length === 0 ? [header] : []), ...rows);
        await writeWhole(join(folder.path, 'study.csv'), `${csv.join('\n')}\n`);
      }
      await hooks.onRunEnd?.(run, out, summary);
    }
    const arms = await Promise.all(
      config.arms.map((arm) =>
        armResult(
          arm,
          seeds.filter((seed) => summaries.has(`${arm} ${seed}`)),
          summaries,
          place.out,
        ),
      ),
    );
    const summary: StudySummary = {
      kind: 'study',
      arms: arms.filter(({ seeds: finished }) => finished.length > 0),
      interrupted,
      seconds: (performance.now() - began) / 1000,
    };
    await folder.finish(summary);
    return summary;
  } finally {
    await images.close();
  }
}

/** The runs in their order: seed by seed, so that arms can be compared early. */
function planOf(config: StudyConfig, seeds: readonly number[], images: StudyImages): StudyRun[] {
  const runs = seeds.flatMap((seed) =>
    config.arms.flatMap((arm) =>
      (['pretrain', 'train'] as const)
        .filter((phase) => phase === 'train' || arm !== 'scratch')
        .map((phase) => ({ arm, seed, phase, steps: stepsOf(config, images, seed, phase) })),
    ),
  );
  const stepsInAll = runs.reduce((sum, { steps }) => sum + steps, 0);
  let stepsBefore = 0;
  return runs.map(({ steps, ...run }, i) => {
    stepsBefore += steps;
    return { ...run, number: i + 1, of: runs.length, stepsBefore: stepsBefore - steps, stepsInAll };
  });
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
  sigma,
  correlation,
  pretrainEpochs,
  epochs,
  loss,
  images,
  ...common
}: StudyConfig) {
  return { ...common, decoderChannels: [...common.decoderChannels] };
}

function trainOptions(config: StudyConfig, seed: number, pretrained: string | undefined): TrainOptions {
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.epochs,
    loss: config.loss,
    patience: 0,
    pretrained,
  };
}

function pretrainOptions(config: StudyConfig, arm: ArmName, seed: number): PretrainOptions {
  const pretext = arm === 'denoise' ? 'denoise' : 'identity';
  return {
    ...sharedOptions(config),
    seed,
    epochs: config.pretrainEpochs,
    pretext,
    sigma: config.sigma,
    correlation: config.correlation,
    images: config.images,
  };
}

/** The columns of `study.csv` before the scores. */
const STUDY_COLUMNS = ['arm', 'seed', 'image'];

/** A run's `test.csv` as lines of `study.csv`. */
async function testRowsOf(
  arm: ArmName,
  seed: number,
  run: string,
): Promise<{ header: string; rows: string[] }> {
  const lines = (await readNamed(join(run, 'test.csv'), 'the test scores of a finished run')).toString();
  const [header, ...rows] = lines.trimEnd().split('\n');
  return {
    header: [...STUDY_COLUMNS, ...header.split(',').slice(1)].join(),
    rows: rows.map((row) => `${arm},${seed},${row}`),
  };
}

async function armResult(
  arm: ArmName,
  seeds: readonly number[],
  summaries: ReadonlyMap<string, TrainSummary>,
  out: string,
): Promise<ArmResult> {
  const finished = await Promise.all(
    seeds.map(async (seed) => {
      const { best_val_dice: dice, best_epoch: epoch, steps, test } = summaries.get(`${arm} ${seed}`)!;
      const file = join(out, arm, `seed-${seed}`, 'train', 'metrics.jsonl');
      const losses = (await readNamed(file, 'the course of a finished run'))
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { val_loss?: number })
        .flatMap((row) => row.val_loss ?? []);
      return {
        seed,
        lowest_val_loss: Math.min(...losses),
        best_val_dice: dice!,
        best_epoch: epoch!,
        steps,
        test,
      };
    }),
  );
  const over = (place: 'native' | 'network') =>
    mean(finished.flatMap(({ test }) => test?.[place].dice.mean ?? []));
  return { arm, seeds: finished, dice: over('native'), net_dice: over('network') };
}
