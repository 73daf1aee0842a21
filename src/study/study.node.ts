import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import { readDataFolder, type Sample } from '../data/folder.node.ts';
import { tellProblems } from '../data/problems.ts';
import { splitSamples } from '../data/split.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { mean } from '../eval/metrics.ts';
import { begin } from '../train/begin.node.ts';
import type { ARM_NAMES, PretrainOptions, StudyConfig, StudyOptions, TrainOptions } from '../train/config.ts';
import type { RunHooks, RunPlace } from '../train/fit.node.ts';
import { expectUsable, Images, imagesOptionsOf, leftOut } from '../train/images.node.ts';
import { pretrainingImages, runPretraining } from '../train/pretrain.node.ts';
import { resolveStudy, splitOptionsOf } from '../train/resolve.node.ts';
import { runFineTuning, type TrainSummary } from '../train/train.node.ts';

export type ArmName = (typeof ARM_NAMES)[number];

/** One training of a study. */
export interface StudyRun {
  readonly arm: ArmName;
  readonly seed: number;
  readonly phase: 'pretrain' | 'train';
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

export interface StudyHooks extends RunHooks {
  /** Before a run starts. */
  onRun?(run: StudyRun): void;
  /** After a run has ended. */
  onRunEnd?(run: StudyRun, folder: string): Promise<void>;
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
  const plan = seeds.flatMap((seed) => config.arms.flatMap((arm) => runsOf(arm, seed)));
  // The runs read it again; a mistake must not wait for them, with an earlier study gone.
  await readEncoder(config.encoder, hooks);
  const samples = await samplesOf(config, seeds);
  const opened = await openImages(config, samples, hooks);
  const began = performance.now();
  const { resume } = place;
  const summaries = new Map<string, TrainSummary>();
  const csv: string[] = [];
  let interrupted = false;
  try {
    tellProblems(
      config.data,
      [...samples.warnings, ...leftOut(opened.masked, ...(opened.plain ? [opened.plain] : []))],
      { ...hooks, ...config },
    );
    expectUsable(config.data, 'test', samples.test, opened.masked.part(samples.test));
    const folder = await openFolder(hooks.command);
    for (const [i, { arm, seed, phase }] of plan.entries()) {
      const run: StudyRun = { arm, seed, phase, number: i + 1, of: plan.length };
      hooks.onRun?.(run);
      const base = join(place.out, arm, `seed-${seed}`);
      const out = join(base, phase);
      // The warnings of the data were shown once.
      const runHooks = { ...hooks, onWarning: undefined, onLoad: undefined };
      if (phase === 'pretrain') {
        const summary = await runPretraining(
          pretrainOptions(config, arm, seed),
          { out, resume, images: opened.plain },
          runHooks,
        );
        interrupted = summary.interrupted;
      } else {
        const pretrained = arm === 'scratch' ? undefined : join(base, 'pretrain');
        const summary = await runFineTuning(
          trainOptions(config, seed, pretrained),
          { out, resume, images: opened.masked },
          runHooks,
        );
        interrupted = summary.interrupted;
        if (!interrupted) {
          summaries.set(`${arm} ${seed}`, summary);
          const { header, rows } = await testRowsOf(arm, seed, out);
          csv.push(...(csv.length === 0 ? [header] : []), ...rows);
          await writeWhole(join(folder.path, 'study.csv'), `${csv.join('\n')}\n`);
        }
      }
      if (interrupted) break;
      await hooks.onRunEnd?.(run, out);
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
    await Promise.all([opened.plain?.close(), opened.masked.close()]);
  }
}

function runsOf(arm: ArmName, seed: number): Pick<StudyRun, 'arm' | 'seed' | 'phase'>[] {
  const train = { arm, seed, phase: 'train' } as const;
  return arm === 'scratch' ? [train] : [{ arm, seed, phase: 'pretrain' }, train];
}

interface StudySamples {
  readonly masked: readonly Sample[];
  /** The part of them that tests; the same for every seed. */
  readonly test: readonly Sample[];
  readonly plain: readonly Sample[];
  readonly warnings: readonly string[];
}

/** Everything that any of the runs will read, and the warnings about it, once. */
async function samplesOf(config: StudyConfig, seeds: readonly number[]): Promise<StudySamples> {
  const folder = await readDataFolder(config.data);
  const warnings = new Set<string>();
  const masked: Sample[] = [];
  const plain: Sample[] = [];
  let test: readonly Sample[] = [];
  const pretrains = config.arms.some((arm) => arm !== 'scratch');
  for (const seed of seeds) {
    const splits = splitSamples(folder, splitOptionsOf({ ...config, seed, validation: true }));
    if (splits.test.length === 0) {
      throw new UserError({
        what: config.data,
        got: 'no test image with a mask',
        expected: 'a test set, on which arms are compared',
        fix: 'name it in test.txt, or leave out the lists',
      });
    }
    test = splits.test;
    masked.push(...splits.train, ...splits.validation, ...splits.test);
    for (const warning of splits.warnings) warnings.add(warning);
    if (!pretrains) continue;
    const {
      train,
      validation,
      warnings: more,
    } = await pretrainingImages({ ...config, seed, validation: true });
    plain.push(...train, ...validation);
    for (const warning of more) warnings.add(warning);
  }
  return { masked, test, plain, warnings: [...warnings] };
}

async function openImages(config: StudyConfig, { masked, plain }: StudySamples, hooks: StudyHooks) {
  const share = (part: readonly Sample[]) => (config.memory * part.length) / (masked.length + plain.length);
  const open = (samples: readonly Sample[], masks: boolean) =>
    Images.open(samples, masks, { ...imagesOptionsOf(config, hooks.onLoad), memoryBytes: share(samples) });
  const openedMasked = await open(masked, true);
  return { masked: openedMasked, plain: plain.length > 0 ? await open(plain, false) : undefined };
}

/** The settings that a run shares with its study. */
function sharedOptions({ arms, seeds, sigma, pretrainEpochs, epochs, loss, images, ...common }: StudyConfig) {
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
  const lines = await readFile(join(run, 'test.csv'), 'utf8');
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
      const metrics = await readFile(join(out, arm, `seed-${seed}`, 'train', 'metrics.jsonl'), 'utf8');
      const losses = metrics
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
