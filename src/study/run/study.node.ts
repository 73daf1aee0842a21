import { join } from 'node:path';
import { owning } from '../../core/lock/lock.node.ts';
import { parseSize } from '../../core/size.ts';
import { readEncoder } from '../../encoders/read.node.ts';
import type { RunEvent } from '../../events/run-event.ts';
import type { RunFolder } from '../../records/run-folder.node.ts';
import type { RunSummary, StudySummary } from '../../records/summaries.ts';
import { trainInRounds } from '../../runs/self-training.node.ts';
import { begin } from '../../train/begin.node.ts';
import { hintIfShort } from '../../train/fit.node.ts';
import type { RunPlace } from '../../train/place.ts';
import { runPretraining } from '../../train/pretrain.node.ts';
import type { StudyConfig, StudyOptions } from '../config.ts';
import { KnownRuns } from './known-runs.node.ts';
import { runInLanes } from './lanes.ts';
import {
  placeOf,
  planOf,
  pretrainOptions,
  type StudyRun,
  type StudyRunKey,
  trainOptions,
  withoutKnown,
} from './plan.ts';
import { StudyResults } from './results.node.ts';
import { type OpenImages, openStudyImages } from './samples.node.ts';
import { studyType } from './study-type.node.ts';

export interface StudyPlace extends Omit<RunPlace, 'images'> {
  /** Tables of the same study from elsewhere: runs that have rows in them are not done again. */
  readonly known?: string;
  /** What is to be done with the folder of a run that has ended, before the next one of its chain begins. */
  afterRun?(run: StudyRun, folder: string): Promise<void>;
}

/**
 * Trains the same network from several starts under the same seeds: `OUT/<arm>/seed-<n>/{pretrain,train}/`. Arms of a
 * seed share the masks they may use, the order of images, the initial values of shared parts and the number of steps.
 * As many runs as `jobs` says are under way at once, and share the threads.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runStudy(options: StudyOptions, place: StudyPlace): Promise<StudySummary> {
  const { config, done, openFolder } = await begin(studyType, options, place);
  if (done) return done;
  // The runs read them again, but a mistake must be found before an earlier study is removed.
  const size = parseSize(config.size);
  for (const encoder of encodersOf(config)) await readEncoder(encoder, place, { size });
  const known = place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none;
  const images = await openStudyImages(config, place);
  const began = performance.now();
  try {
    const chains = planOf(config, images.count);
    const [shortest] = chains
      .flat()
      .filter(({ phase }) => phase === 'train')
      .sort((a, b) => a.steps - b.steps);
    hintIfShort(config, images.count(shortest), place);
    const folder = await openFolder(place.command);
    const results = new StudyResults(folder.path, Object.keys(config.arms));
    const left = withoutKnown(chains, (run) => known.find(run) !== undefined);
    const leftOut = chains.flat().filter((run) => !left.some((chain) => chain.includes(run)));
    if (leftOut.length > 0) await results.addKnown(leftOut, known);
    place.onEvent?.({ type: 'plan', ...sizeOf(chains.flat()), known: sizeOf(leftOut) });
    const interrupted = await performRuns(left, { config, place, images, folder, results });
    const summary: StudySummary = {
      kind: 'study',
      arms: results.arms(),
      interrupted,
      seconds: (performance.now() - began) / 1000,
    };
    await folder.finish(summary);
    place.onEvent?.({ type: 'done', out: place.out, summary });
    return summary;
  } finally {
    await images.close();
  }
}

const sizeOf = (runs: readonly StudyRun[]) => ({
  runs: runs.length,
  steps: runs.reduce((sum, { steps }) => sum + steps, 0),
});

/** Every encoder that a run of the study reads. */
function encodersOf({ encoder, arms, pretrainings }: StudyConfig): Set<string> {
  const own = [...Object.values(arms), ...Object.values(pretrainings)];
  return new Set([encoder, ...own.flatMap((settings) => settings.encoder ?? [])]);
}

interface Site {
  readonly config: StudyConfig;
  readonly place: StudyPlace;
  readonly images: OpenImages;
  readonly folder: RunFolder;
  readonly results: StudyResults;
}

/** Returns whether it was interrupted. */
async function performRuns(chains: readonly (readonly StudyRun[])[], site: Site): Promise<boolean> {
  const { config, folder, place, results } = site;
  // A run that fails stops the others, which save what they have.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(place.signal ? [place.signal] : [])]);
  const folderOf = (key: StudyRunKey) => join(folder.path, ...placeOf(config, key));
  let interrupted = false;
  let settled = false;
  const work = async (run: StudyRun, atWork: number) => {
    const out = folderOf(run);
    const threads = Math.max(1, Math.floor(config.threads / atWork));
    return owning(out, async () => {
      const summary = await performRun(run, folderOf, { ...site, config: { ...config, threads }, signal });
      // Data and encoder may have moved; that they are the same is known once a run has taken them.
      if (!settled) await folder.begin({ kind: 'study', ...config }, place.command, config.threads);
      settled = true;
      if (summary.interrupted) {
        interrupted = true;
        return false;
      }
      await results.add(run, out, summary);
      place.onEvent?.({ type: 'arms', arms: results.arms() });
      place.onEvent?.({ type: 'run', run, event: { type: 'done', out, summary } });
      await place.afterRun?.(run, out);
      return true;
    });
  };
  await runInLanes(chains, config.jobs, work, () => failed.abort());
  return interrupted;
}

function performRun(
  run: StudyRun,
  folderOf: (key: StudyRunKey) => string,
  { config, place, images, signal }: Site & { readonly signal: AbortSignal },
): Promise<RunSummary> {
  const { resume, saveEvery, command } = place;
  const at = {
    ...{ out: folderOf(run), resume, saveEvery, command, signal, images },
    onEvent: (event: RunEvent) => {
      // What is to be said of the data was said once; that the run is done, when its results are in the tables.
      if (event.type === 'notice' || event.type === 'done') return;
      place.onEvent?.({ type: 'run', run, event });
    },
  };
  return run.phase === 'pretrain'
    ? runPretraining(pretrainOptions(config, run), at)
    : trainInRounds(trainOptions(config, run, folderOf), at);
}
