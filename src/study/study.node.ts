import { join } from 'node:path';
import { readEncoder } from '../encoders/read.node.ts';
import { begin } from '../train/begin.node.ts';
import type { StudyConfig, StudyOptions } from '../train/config.ts';
import { hintIfShort, type RunHooks, type RunPlace } from '../train/fit.node.ts';
import type { StepRecord } from '../train/loop.node.ts';
import { type PretrainSummary, runPretraining } from '../train/pretrain.node.ts';
import { resolveStudy } from '../train/resolve.node.ts';
import type { RunFolder } from '../train/run-folder.node.ts';
import { runFineTuning, type TrainSummary } from '../train/train.node.ts';
import { runInLanes } from './lanes.ts';
import { planOf, pretrainOptions, type StudyRun, trainOptions } from './plan.ts';
import { type ArmResult, StudyResults } from './results.node.ts';
import { openStudyImages, type StudyImages } from './samples.node.ts';

/** What a study tells its caller while it works: of its runs, of which several may be under way. */
export interface StudyHooks extends Omit<RunHooks, 'onStep' | 'onEpoch' | 'onTest'> {
  /** Before a run starts. */
  onRun?(run: StudyRun): void;
  onStep?(record: StepRecord, run: StudyRun): void;
  /** After a run has ended. */
  onRunEnd?(run: StudyRun, folder: string, summary: PretrainSummary | TrainSummary): Promise<void>;
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
 * As many runs as `jobs` says are under way at once, and share the threads.
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
  try {
    hintIfShort(config, images.masked.part(images.bySeed.get(seeds[0])!.train).samples.length, hooks);
    const folder = await openFolder(hooks.command);
    const chains = planOf(config, seeds, images);
    const { results, interrupted } = await performRuns(chains, { config, place, images, folder, hooks });
    const summary: StudySummary = {
      kind: 'study',
      arms: await results.arms(config.arms),
      interrupted,
      seconds: (performance.now() - began) / 1000,
    };
    await folder.finish(summary);
    return summary;
  } finally {
    await images.close();
  }
}

interface Site {
  readonly config: StudyConfig;
  readonly place: Omit<RunPlace, 'images'>;
  readonly images: StudyImages;
  readonly folder: RunFolder;
  readonly hooks: StudyHooks;
}

async function performRuns(
  chains: readonly (readonly StudyRun[])[],
  site: Site,
): Promise<{ results: StudyResults; interrupted: boolean }> {
  const { config, folder, hooks } = site;
  const results = new StudyResults();
  // A run that fails stops the others, which save what they have.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(hooks.signal ? [hooks.signal] : [])]);
  const folderOf = ({ arm, seed, phase }: Pick<StudyRun, 'arm' | 'seed' | 'phase'>) =>
    join(folder.path, arm, `seed-${seed}`, phase);
  let interrupted = false;
  let settled = false;
  const work = async (run: StudyRun, atWork: number) => {
    const out = folderOf(run);
    hooks.onRun?.(run);
    const threads = Math.max(1, Math.floor(config.threads / atWork));
    const summary = await performRun(run, folderOf, { ...site, config: { ...config, threads }, signal });
    // Data and encoder may have moved; that they are the same is known once a run has taken them.
    if (!settled) await folder.writeSetUp({ kind: 'study', ...config }, hooks.command, config.threads);
    settled = true;
    if (summary.interrupted) {
      interrupted = true;
      return false;
    }
    if (summary.kind === 'train') await results.add(run, out, summary, join(folder.path, 'study.csv'));
    await hooks.onRunEnd?.(run, out, summary);
    return true;
  };
  await runInLanes(chains, config.jobs, work, () => failed.abort());
  return { results, interrupted };
}

function performRun(
  run: StudyRun,
  folderOf: (run: Pick<StudyRun, 'arm' | 'seed' | 'phase'>) => string,
  { config, place, images, hooks, signal }: Site & { readonly signal: AbortSignal },
): Promise<PretrainSummary | TrainSummary> {
  const { resume, saveEvery } = place;
  // What is to be said of the data was said once.
  const runHooks = {
    command: hooks.command,
    signal,
    onStep: (record: StepRecord) => hooks.onStep?.(record, run),
  };
  const at = { out: folderOf(run), resume, saveEvery };
  return run.phase === 'pretrain'
    ? runPretraining(pretrainOptions(config, run), { ...at, images: images.plain }, runHooks)
    : runFineTuning(trainOptions(config, run, folderOf), { ...at, images: images.masked }, runHooks);
}
