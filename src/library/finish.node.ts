import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Listener } from '../core/events.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { writeReport } from './report.node.ts';

/** Pictures and report of a run; not again if they are newer than its summary. */
export async function finish(
  folder: string,
  { pictures, resume }: { readonly pictures: boolean; readonly resume?: boolean },
  listener: Listener,
): Promise<void> {
  if (resume && isNewer(folder, RUN_PATHS.report)) return;
  // Stopped in a round of self-training, a run has no network yet.
  const drawn = pictures && existsSync(join(folder, RUN_PATHS.last));
  if (drawn) await (await import('../report/run/examples.node.ts')).writeExamples(folder, listener);
  await writeReport(folder, { pictures });
}

/** Whether a file in a run's folder is newer than the run's summary. */
export function isNewer(folder: string, file: string): boolean {
  return timeOf(join(folder, file)) > timeOf(join(folder, RUN.summary.name));
}

/** Of a file's last change, in ms; 0 if there is none. */
const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
