import { printable } from '../core/printable.ts';
import type { Progress } from './progress.ts';

/** Done, but not for all that was given: what could not be used is named. */
export const EXIT_IN_PART = 4;
/** Ended by Ctrl-C, as shells count it. */
const EXIT_INTERRUPTED = 130;

/** What a command came to: printed as text, or as JSON. */
export interface Outcome {
  readonly text: string;
  readonly json: unknown;
  readonly interrupted?: boolean;
  /** If it is not 0. */
  readonly exitCode?: number;
}

export function print(outcome: Outcome, progress: Progress, json = false): void {
  progress.clear();
  console.log(json ? JSON.stringify(outcome.json, null, 2) : printable(outcome.text));
  if (outcome.exitCode) process.exitCode = outcome.exitCode;
  if (outcome.interrupted) process.exitCode = EXIT_INTERRUPTED;
}
