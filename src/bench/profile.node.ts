import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writing } from '../core/files.node.ts';
import { type Profile, profileOf } from './profile.ts';
import { modelRuns, type ProfileEvent } from './profile-events.ts';
import type { BenchmarkSettings } from './settings.ts';
import { inEngine, stepScalars, timesOf, WARM_UPS, type Workload } from './workload.node.ts';

/** The runtime writes some 2 MB a run. */
const MOST_RUNS = 50;

/** Runs the training step in an engine of its own, which the profiler slows down. */
export async function measuredProfile(workload: Workload, settings: BenchmarkSettings): Promise<Profile> {
  const { step, image, target } = workload;
  const folder = await writing(tmpdir(), () => mkdtemp(join(tmpdir(), 'fewmask-profile-')));
  try {
    await inEngine(workload, settings, async (engine) => {
      const session = await engine.load(step.model, { profile: join(folder, 'step') });
      await timesOf(session, Math.min(settings.runs, MOST_RUNS), { image, target }, stepScalars);
      await session.release();
    });
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
    return profileOf(modelRuns(events).slice(WARM_UPS));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
