import { join } from 'node:path';
import { benchmarkSchema } from '../../bench/settings.ts';
import { timingOf } from '../../bench/timing.node.ts';
import { workloadOf } from '../../bench/workload.node.ts';
import { sizeOf } from '../../core/shape.ts';
import { parseSize } from '../../core/size.ts';
import { parseDraws } from '../../data/folders/labels.ts';
import { IMAGE_HEAD, MASK_HEAD } from '../../nn/head.ts';
import { parametersOf } from '../../nn/model.ts';
import { RUN } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { architectureOf } from '../../settings/architecture.node.ts';
import { parseSettings } from '../../settings/parse.ts';
import { begin } from '../../train/begin.node.ts';
import { type StudyConfig, type StudyOptions, studySchema } from '../config.ts';
import { memoryOfRun, resolveStudy } from '../resolve.node.ts';
import { grownStudy } from './growth.node.ts';
import { KnownRuns } from './known-runs.node.ts';
import { placeOf, planOf, type StudyRun, seedsOf, withoutKnown } from './plan.ts';
import { type StudySamples, samplesOf } from './samples.node.ts';
import type { StudyPlace } from './study.node.ts';

/** What a study will do, and an estimate of what it takes. */
export interface StudyPlan {
  readonly kind: 'plan';
  readonly config: StudyConfig;
  readonly arms: readonly PlannedArm[];
  readonly runs: number;
  /** Of them those that have been finished already. */
  readonly done: number;
  /** Of the runs that are left, as all that follows. */
  readonly steps: number;
  /** A training step and a prediction as measured now, in ms a batch. */
  readonly step_ms: number;
  readonly predict_ms: number;
  readonly seconds: number;
  readonly memory_bytes: number;
  readonly disk_bytes: number;
}

export interface PlannedArm {
  readonly arm: string;
  /** The pretraining that its decoder comes from. */
  readonly pretraining?: string;
  readonly seeds: number;
  readonly runs: number;
  /** Its settings that are not the study's, and those of its pretraining. */
  readonly differs: Readonly<Record<string, unknown>>;
}

/**
 * Plans a study without beginning it: all that would be refused is refused. A training step and a prediction are timed for
 * some seconds; the rest is computed from that.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function planStudy(
  options: StudyOptions,
  place: Pick<StudyPlace, 'out' | 'overwrite' | 'resume' | 'known' | 'onEvent'>,
): Promise<StudyPlan> {
  const { config } = await begin(
    { kind: 'study', schema: studySchema, resolve: resolveStudy, grown: grownStudy },
    options,
    place,
  );
  const samples = await samplesOf(config, place);
  const known = place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none;
  const chains = planOf(config, (run) => samples.trainedOn(run).length);
  const runs = chains.flat();
  const left = [];
  for (const run of withoutKnown(chains, (key) => known.find(key) !== undefined).flat())
    if (!place.resume || !(await isDone(place.out, config, run))) left.push(run);
  const { train_step_ms, infer_ms } = await timesOf(config);
  return {
    kind: 'plan',
    config,
    arms: Object.entries(config.arms).map(([arm, { seeds: _, pretraining, ...own }]) => ({
      arm,
      pretraining,
      seeds: seedsOf(config, arm),
      runs: seedsOf(config, arm) * parseDraws(config.labels).length,
      differs: { ...(pretraining && config.pretrainings[pretraining]), ...own },
    })),
    runs: runs.length,
    done: runs.length - left.length,
    steps: left.reduce((sum, { steps }) => sum + steps, 0),
    step_ms: train_step_ms,
    predict_ms: infer_ms,
    seconds: secondsOf(config, left, samples, { step: train_step_ms, predict: infer_ms }),
    memory_bytes: memoryOf(config, samples),
    disk_bytes: left.reduce((sum, run) => sum + diskOf(config, run), 0),
  };
}

async function isDone(out: string, config: StudyConfig, run: StudyRun): Promise<boolean> {
  const summary = await readEntry(join(out, ...placeOf(config, run)), RUN.summary);
  return summary !== undefined && !summary.interrupted;
}

/** Of the usual channels of the decoder. */
async function timesOf({ decoder, size, batch, threads, jobs, kernels }: StudyConfig) {
  const each = Math.max(1, Math.floor(threads / jobs));
  const settings = parseSettings(benchmarkSchema, {
    ...{ decoder, size, batch, kernels, runs: TIMED },
    threads: each,
  });
  return timingOf(await workloadOf(settings, {}), settings);
}

const TIMED = 5;

/** To make a run ready, to write its weights, its pictures and its report, in s; and to score an image at its own size. */
const BESIDE_STEPS = 4;
const SCORING = 0.03;
const AUDIT = 20;

function secondsOf(
  config: StudyConfig,
  runs: readonly StudyRun[],
  samples: StudySamples,
  ms: { readonly step: number; readonly predict: number },
): number {
  const batches = (images: number) => Math.ceil(images / config.batch);
  const seconds = runs.map((run) => {
    const predictions = run.epochs * batches(samples.validatedOn(run).length);
    const tested = run.phase === 'train' ? samples.test.length : 0;
    const computing = run.steps * ms.step + (predictions + batches(tested)) * ms.predict;
    return BESIDE_STEPS + computing / 1000 + tested * SCORING + (run.audited ? AUDIT : 0);
  });
  return seconds.reduce((sum, one) => sum + one, 0) / config.jobs;
}

function memoryOf(config: StudyConfig, { masked, plain }: StudySamples): number {
  const { height, width } = parseSize(config.size);
  const distinct = (samples: StudySamples['masked']) => new Set(samples.map(({ image }) => image)).size;
  const decoded = (4 * distinct(masked) + 3 * distinct(plain)) * height * width;
  // Validation, tests and audits have networks of their own: 1.15 GB were measured with one run at a time of 0.62 GB, 2.07 GB
  // with two of 0.49 GB.
  return 2 * config.jobs * memoryOfRun(config) + Math.min(config.memory, decoded);
}

/** Metrics, tables, pictures and report, in bytes. */
const BESIDE_WEIGHTS = 5e6;

/** The best and the last weights of a run, and what lies beside them. */
function diskOf(config: StudyConfig, { phase }: StudyRun): number {
  const specs = parametersOf(architectureOf(config, phase === 'train' ? MASK_HEAD : IMAGE_HEAD));
  return 2 * 4 * specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0) + BESIDE_WEIGHTS;
}
