import { totalmem } from 'node:os';
import { UserError } from './errors.ts';
import { gigabytes } from './format.ts';

/** Bytes to which this process is confined, such as by a container; undefined where it may use all of the machine's. */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/** Bytes that this process may use: the machine's, or less where it is confined. */
export const memoryHere = (): number => memoryLimit() ?? totalmem();

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
