import type { UserError } from '../../core/errors.ts';
import type { Sample } from './folder.node.ts';

/** A sample whose files cannot be used, and why: one problem a file. */
export interface Unusable {
  readonly sample: Sample;
  readonly problems: readonly UserError[];
}

/** Most problems named in one message. */
const mostNamed = 10;

/** How many there are, and a line a problem, the first ten: `3 images cannot be used and are left out:\n  ..`. */
export function summariseUnusable(list: readonly Unusable[]): string {
  const problems = list.flatMap((unusable) => unusable.problems);
  const lines = problems.slice(0, mostNamed).map((problem) => problem.message);
  if (problems.length > mostNamed) lines.push(`and ${problems.length - mostNamed} more`);
  const count =
    list.length === 1 ? '1 image cannot be used and is' : `${list.length} images cannot be used and are`;
  return [`${count} left out:`, ...lines].join('\n  ');
}
