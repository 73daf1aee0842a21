import type { RunContext } from '../events/run-event.ts';
import type { StudyImages } from './images.node.ts';

/** Where a run goes, and who is told of it. */
export interface RunPlace extends RunContext {
  /** The run folder. */
  readonly out: string;
  /** Replace what is there. */
  readonly overwrite?: boolean;
  /** Go on with the run that is there, if there is one, from where it was stopped. */
  readonly resume?: boolean;
  /** Seconds of work that a power cut may cost: how often the state is saved; default 30. */
  readonly saveEvery?: number;
  /** Images that are decoded already; they stay open. */
  readonly images?: StudyImages;
  /** How the run was called, for its record. */
  readonly command?: string;
}
