import { warn } from '../../core/events.ts';
import { count } from '../../core/format.ts';
import type { StudySummary } from '../../records/summaries.ts';
import { begin } from '../../train/begin.node.ts';
import type { StudyOptions } from '../config.ts';
import { KnownRuns } from './known-runs.node.ts';
import type { StudyPlace } from './perform.node.ts';
import { placeOf } from './plan.ts';
import { folderOfRuns, readPlan } from './planned-runs.node.ts';
import { StudyResults } from './results.node.ts';
import { studyType } from './study-type.node.ts';

/** Its settings are in its folder. */
const FROM_FOLDER = {} as StudyOptions;

/**
 * Makes the tables of a study of the runs that have ended in its folder, whoever made them; it trains nothing.
 *
 * @returns the scores of each arm; `interrupted` if runs are missing
 * @throws UserError for a folder that holds no study, or a damaged one
 */
export async function gatherStudy(
  place: Pick<StudyPlace, 'out' | 'known' | 'command' | 'onEvent'>,
): Promise<StudySummary> {
  const began = performance.now();
  const { config, openFolder } = await begin(studyType, FROM_FOLDER, { ...place, resume: true });
  const planned = await readPlan(place.out);
  const folder = await openFolder(place.command);
  const results = new StudyResults(folder.path, Object.keys(config.arms));
  const runsThat = (areKnown: boolean) =>
    planned.filter(({ known }) => known === areKnown).map(({ run }) => run);
  results.takeKnown(runsThat(true), place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none);
  const missing = await results.addFinished(runsThat(false), folderOfRuns(place.out, config));
  if (missing.length > 0) {
    const first = missing
      .slice(0, 5)
      .map((run) => placeOf(config, run).join('/'))
      .join(', ');
    warn(
      place,
      `${count(missing.length, 'run')} of ${planned.length} ${missing.length === 1 ? 'is' : 'are'} not finished: ${first}${missing.length > 5 ? ' ..' : ''}`,
    );
  }
  const summary: StudySummary = {
    kind: 'study',
    arms: results.arms(),
    interrupted: missing.length > 0,
    seconds: (performance.now() - began) / 1000,
  };
  await folder.finish(summary);
  place.onEvent?.({ type: 'done', out: place.out, summary });
  return summary;
}
