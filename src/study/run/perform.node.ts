import type { RunEvent } from '../../events/run-event.ts';
import type { RunSummary } from '../../records/summaries.ts';
import { trainInRounds } from '../../runs/self-training.node.ts';
import type { RunPlace } from '../../train/place.ts';
import { runPretraining } from '../../train/pretrain.node.ts';
import type { StudyConfig } from '../config.ts';
import { pretrainOptions, type StudyRun, type StudyRunKey, trainOptions } from './plan.ts';
import type { OpenImages } from './samples.node.ts';

export interface StudyPlace extends Omit<RunPlace, 'images'> {
  /** Tables of the same study from elsewhere: runs that have rows in them are not done again. */
  readonly known?: string;
  /** What is to be done with the folder of a run that has ended, before the next one of its chain begins. */
  afterRun?(run: StudyRun, folder: string): Promise<void>;
}

/** Where the runs of a study are made, and of what. */
export interface RunSite {
  readonly config: StudyConfig;
  readonly place: Pick<StudyPlace, 'resume' | 'saveEvery' | 'command' | 'signal' | 'onEvent'>;
  readonly images: OpenImages;
  folderOf(key: StudyRunKey): string;
}

/** Makes one run of a study, in its folder; one that has ended is told as it is. */
export function performRun(run: StudyRun, { config, place, images, folderOf }: RunSite): Promise<RunSummary> {
  const { resume, saveEvery, command, signal } = place;
  const at = {
    ...{ out: folderOf(run), resume, saveEvery, command, signal, images },
    onEvent: (event: RunEvent) => {
      // What is to be said of the data was said once; that the run is done, when its results are in the tables.
      if (event.type === 'notice' || event.type === 'done') return;
      place.onEvent?.({ type: 'run', run, out: at.out, event });
    },
  };
  return run.phase === 'pretrain'
    ? runPretraining(pretrainOptions(config, run), at)
    : trainInRounds(trainOptions(config, run, folderOf), at);
}
