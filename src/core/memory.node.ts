import { totalmem } from 'node:os';
import { UserError } from './errors.ts';
import { gigabytes } from './format.ts';

/** Bytes that this process may use: the machine's, or less where it is confined. */
function memoryHere(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Looks whether there is memory for what is wanted, before it is asked for.
 *
 * @param needed bytes, at least
 * @throws UserError naming both amounts
 */
export function expectMemory(needed: number, what: string, fix: string): void {
  const here = memoryHere();
  if (needed <= here) return;
  throw new UserError({
    what,
    got: `${gigabytes(needed)} of memory that it takes at least`,
    expected: `at most the ${gigabytes(here)} that there are here`,
    fix,
  });
}
