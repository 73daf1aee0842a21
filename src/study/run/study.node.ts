import { owning } from '../../core/lock/lock.node.ts';
import { parseSize } from '../../core/size.ts';
import { readEncoder } from '../../encoders/read.node.ts';
import type { RunFolder } from '../../records/run-folder.node.ts';
import type { StudySummary } from '../../records/summaries.ts';
import { begin } from '../../train/begin.node.ts';
import { hintIfShort } from '../../train/fit.node.ts';
import type { StudyConfig, StudyOptions } from '../config.ts';
import { KnownRuns } from './known-runs.node.ts';
import { runInLanes } from './lanes.ts';
import { performRun, type StudyPlace } from './perform.node.ts';
import type { StudyRun } from './plan.ts';
import { folderOfRuns, plannedRuns, writePlan } from './planned-runs.node.ts';
import { StudyResults } from './results.node.ts';
import { type OpenImages, openStudyImages } from './samples.node.ts';
import { studyType } from './study-type.node.ts';

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
  await expectEncoders(config, place);
  const known = place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none;
  const images = await openStudyImages(config, place);
  const began = performance.now();
  try {
    const { planned, left } = plannedRuns(config, images.count, known);
    const runs = planned.map(({ run }) => run);
    const [shortest] = runs.filter(({ phase }) => phase === 'train').sort((a, b) => a.steps - b.steps);
    hintIfShort(config, images.count(shortest), place);
    const folder = await openFolder(place.command);
    const results = new StudyResults(folder.path, Object.keys(config.arms));
    await writePlan(folder.path, planned);
    const leftOut = planned.filter((each) => each.known).map(({ run }) => run);
    results.takeKnown(leftOut, known);
    await results.addFinished(left.flat(), folderOfRuns(folder.path, config));
    place.onEvent?.({ type: 'plan', ...sizeOf(runs), known: sizeOf(leftOut) });
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

/**
 * The runs read them again, but a mistake must be found before an earlier study is removed.
 *
 * @throws UserError for one that cannot be used
 */
export async function expectEncoders(config: StudyConfig, place: StudyPlace): Promise<void> {
  const { encoder, arms, pretrainings } = config;
  const own = [...Object.values(arms), ...Object.values(pretrainings)];
  for (const each of new Set([encoder, ...own.flatMap((settings) => settings.encoder ?? [])]))
    await readEncoder(each, place, { size: parseSize(config.size) });
}

const sizeOf = (runs: readonly StudyRun[]) => ({
  runs: runs.length,
  steps: runs.reduce((sum, { steps }) => sum + steps, 0),
});

interface Site {
  readonly config: StudyConfig;
  readonly place: StudyPlace;
  readonly images: OpenImages;
  readonly folder: RunFolder;
  readonly results: StudyResults;
}

/** Returns whether it was interrupted. */
async function performRuns(chains: readonly (readonly StudyRun[])[], site: Site): Promise<boolean> {
  const { config, folder, images, results } = site;
  // A run that fails stops the others, which save what they have.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(site.place.signal ? [site.place.signal] : [])]);
  const place = { ...site.place, signal };
  const folderOf = folderOfRuns(folder.path, config);
  let interrupted = false;
  let settled = false;
  const work = async (run: StudyRun, atWork: number) => {
    const out = folderOf(run);
    const threads = Math.max(1, Math.floor(config.threads / atWork));
    return owning(out, async () => {
      const summary = await performRun(run, { config: { ...config, threads }, place, images, folderOf });
      // Data and encoder may have moved; that they are the same is known once a run has taken them.
      if (!settled) await folder.begin({ kind: 'study', ...config }, place.command, config.threads);
      settled = true;
      if (summary.interrupted) {
        interrupted = true;
        return false;
      }
      await results.add(run, out, summary);
      place.onEvent?.({ type: 'arms', arms: results.arms() });
      place.onEvent?.({ type: 'run', run, out, event: { type: 'done', out, summary } });
      await place.afterRun?.(run, out);
      return true;
    });
  };
  await runInLanes(chains, config.jobs, work, () => failed.abort());
  return interrupted;
}
