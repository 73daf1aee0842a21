import { join } from 'node:path';
import { sizeOf } from '../../core/shape.ts';
import { parseSize } from '../../core/size.ts';
import { parseDraws } from '../../data/folders/labels.ts';
import { IMAGE_HEAD } from '../../nn/head.ts';
import { parametersOf } from '../../nn/model.ts';
import { RUN } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { architectureOf } from '../../settings/architecture.node.ts';
import { trainObjective } from '../../settings/objective.ts';
import { begin } from '../../train/begin.node.ts';
import type { StudyConfig, StudyOptions } from '../config.ts';
import { memoryOfLargest } from '../resolve.node.ts';
import { KnownRuns } from './known-runs.node.ts';
import type { StudyPlace } from './perform.node.ts';
import { foldsOf, networksOf, type StudyRun, seedsOf } from './plan.ts';
import { type PlannedRun, plannedRuns } from './planned-runs.node.ts';
import { type PlannedPower, type PowerQuestion, plannedPower } from './power.node.ts';
import { type StudySamples, samplesOf } from './samples.node.ts';
import { type StepKind, StepTimer, type StepTimes, stepKindOf } from './step-times.node.ts';
import { studyType } from './study-type.node.ts';

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
  /** Training steps as measured now, each kind that these runs have, the shortest first. */
  readonly kinds: readonly PlannedStep[];
  readonly seconds: number;
  readonly memory_bytes: number;
  readonly disk_bytes: number;
  /** What separate processes may make at the same time: those of which anything is left. */
  readonly tasks: readonly PlannedTask[];
  /** Also those of which nothing is left. */
  readonly tasks_in_all: number;
  /** Of a process that makes one. */
  readonly memory_bytes_a_task: number;
  /** Missing for one arm, or one test image. */
  readonly power?: PlannedPower;
}

/** A kind of step, and what it and a prediction take, in ms a batch. */
export interface PlannedStep extends StepKind {
  readonly step_ms: number;
  readonly predict_ms: number;
}

/** A pretraining and all that starts from it, or one training. */
export interface PlannedTask {
  /** From 1, among all of the study. */
  readonly task: number;
  /** Those that are left. */
  readonly runs: number;
  /** By one process, with the threads of one run. */
  readonly seconds: number;
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
 * Plans a study without beginning it: all that would be refused is refused. Training steps and predictions are timed for
 * some seconds, of each kind that its runs have; the rest is computed from that.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function planStudy(
  options: StudyOptions,
  place: Pick<StudyPlace, 'out' | 'overwrite' | 'resume' | 'known' | 'onEvent'> & PowerQuestion,
): Promise<StudyPlan> {
  const { config } = await begin(studyType, options, place);
  const samples = await samplesOf(config, place);
  const known = place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none;
  const power = await plannedPower(config, samples, place);
  const { planned } = plannedRuns(config, (run) => samples.trainedOn(run).length, known);
  const left: PlannedRun[] = [];
  for (const each of planned)
    if (!each.known && !(place.resume && (await isDone(place.out, each)))) left.push(each);
  const timed = await timedRuns(config, left, samples);
  const seconds = timed.map((run) => secondsOf(config, run, samples));
  return {
    kind: 'plan',
    config,
    arms: Object.entries(config.arms).map(([arm, { seeds: _, pretraining, ...own }]) => ({
      arm,
      pretraining,
      seeds: seedsOf(config, arm),
      runs: seedsOf(config, arm) * foldsOf(config).length * parseDraws(config.labels).length,
      differs: { ...(pretraining && config.pretrainings[pretraining]), ...own },
    })),
    runs: planned.length,
    done: planned.length - left.length,
    steps: left.reduce((sum, { run }) => sum + run.steps, 0),
    kinds: kindsOf(timed),
    seconds: seconds.reduce((sum, each) => sum + each, 0) / config.jobs,
    memory_bytes: memoryOf(config, samples),
    disk_bytes: left.reduce((sum, { run }) => sum + diskOf(config, run), 0),
    tasks: tasksOf(left, seconds),
    tasks_in_all: new Set(planned.map(({ task }) => task)).size,
    memory_bytes_a_task: memoryOf({ ...config, jobs: 1 }, samples),
    ...(power && { power }),
  };
}

/** What is left of each task, in the order of the plan. */
function tasksOf(left: readonly PlannedRun[], seconds: readonly number[]): PlannedTask[] {
  const tasks = new Map<number, { task: number; runs: number; seconds: number }>();
  for (const [i, { task }] of left.entries()) {
    const { runs, seconds: before } = tasks.get(task) ?? { runs: 0, seconds: 0 };
    tasks.set(task, { task, runs: runs + 1, seconds: before + seconds[i] });
  }
  return [...tasks.values()];
}

async function isDone(out: string, { folder }: PlannedRun): Promise<boolean> {
  const summary = await readEntry(join(out, folder), RUN.summary);
  return summary !== undefined && !summary.interrupted;
}

interface TimedRun {
  readonly run: StudyRun;
  readonly kind: StepKind;
  readonly times: StepTimes;
}

async function timedRuns(
  config: StudyConfig,
  runs: readonly PlannedRun[],
  samples: StudySamples,
): Promise<TimedRun[]> {
  const timer = new StepTimer(config);
  const timed: TimedRun[] = [];
  for (const { run } of runs) {
    const kind = stepKindOf(config, run, samples);
    timed.push({ run, kind, times: await timer.of(kind) });
  }
  return timed;
}

function kindsOf(timed: readonly TimedRun[]): PlannedStep[] {
  const kinds = timed.map(({ kind, times }) => ({ ...kind, step_ms: times.step, predict_ms: times.predict }));
  const distinct = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]));
  return [...distinct.values()].sort((a, b) => a.step_ms - b.step_ms);
}

/** To make a run ready, to write its weights, its pictures and its report, in s; and to score an image at its own size. */
const BESIDE_STEPS = 4;
const SCORING = 0.03;
const AUDIT = 20;

function secondsOf(config: StudyConfig, { run, times }: TimedRun, samples: StudySamples): number {
  const batches = (images: number) => Math.ceil(images / config.batch);
  const { plain, hidden } = run.phase === 'train' ? samples.plainOf(run) : { plain: [], hidden: [] };
  const networks = networksOf(config, run);
  const told = networks > 1 ? 0 : batches(hidden.length);
  const marked = (networks - 1) * batches(plain.length);
  const predictions = marked + run.epochs * (batches(samples.validatedOn(run).length) + told);
  const tested = run.phase === 'train' ? networks * samples.testedOn(run).length : 0;
  const computing = run.steps * times.step + (predictions + batches(tested)) * times.predict;
  return networks * BESIDE_STEPS + computing / 1000 + tested * SCORING + (run.audited ? AUDIT : 0);
}

function memoryOf(config: StudyConfig, { masked, plain }: StudySamples): number {
  const { height, width } = parseSize(config.size);
  const distinct = (samples: StudySamples['masked']) => new Set(samples.map(({ image }) => image)).size;
  const decoded = (4 * distinct(masked) + 3 * distinct(plain)) * height * width;
  // Validation, tests and audits have networks of their own: 1.15 GB were measured with one run at a time of 0.62 GB, 2.07 GB
  // with two of 0.49 GB.
  return 2 * config.jobs * memoryOfLargest(config) + Math.min(config.memory, decoded);
}

/** Metrics, tables, pictures and report, in bytes. */
const BESIDE_WEIGHTS = 5e6;

/** The best and the last weights of a run, and what lies beside them. */
function diskOf(config: StudyConfig, run: StudyRun): number {
  const specs = parametersOf(
    architectureOf(config, run.phase === 'train' ? trainObjective(config).head : IMAGE_HEAD),
  );
  const weights = 2 * 4 * specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return networksOf(config, run) * (weights + BESIDE_WEIGHTS);
}
