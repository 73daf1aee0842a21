import { UserError } from '../core/errors.ts';
import type { Sample } from './folder.node.ts';

/** A sample whose files cannot be used, and why: one problem a file. */
export interface Unusable {
  readonly sample: Sample;
  readonly problems: readonly UserError[];
}

/** Most problems named in one message. */
const mostNamed = 10;

/** How many there are, and a line a problem, the first ten: `3 images that cannot be used:\n  ..`. */
export function summariseUnusable(list: readonly Unusable[]): string {
  const problems = list.flatMap((unusable) => unusable.problems);
  const lines = problems.slice(0, mostNamed).map((problem) => problem.message);
  if (problems.length > mostNamed) lines.push(`and ${problems.length - mostNamed} more`);
  const count = list.length === 1 ? '1 image' : `${list.length} images`;
  return [`${count} that cannot be used:`, ...lines].join('\n  ');
}

/** The refusal of them: the problem itself if there is but one, else a summary. */
export function unusableError(list: readonly Unusable[]): UserError {
  const problems = list.flatMap((unusable) => unusable.problems);
  if (problems.length === 1) return problems[0];
  return new UserError({ what: 'image files', got: `${summariseUnusable(list)}\n`, expected: 'none' });
}
