import { UserError } from '../../core/errors.ts';
import { type Listener, warn } from '../../core/events.ts';

/** What is to be done about problems of the data. */
export interface ProblemOptions extends Listener {
  /** Whether they are refused. */
  readonly strict: boolean;
}

/**
 * Tells everything that is wrong with a data folder at once.
 *
 * @param data the folder, for the message
 * @throws UserError with all of it, if `strict`
 */
export function tellProblems(
  data: string,
  problems: readonly string[],
  { strict, ...listener }: ProblemOptions,
): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  ${problem.replaceAll('\n', '\n  ')}`).join('');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  if (strict) {
    throw new UserError({
      what: data,
      got: `${count}:${list}\n`,
      expected: 'none, as --strict asks',
      fix: 'mend the files or take them away, or leave out --strict',
    });
  }
  warn(listener, problems.length === 1 ? problems[0] : `${data}: ${count}:${list}`);
}
