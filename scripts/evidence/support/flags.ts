import { UserError } from '../../../src/core/errors.ts';

/** The value of a flag that has to be given. */
export function required(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  throw new UserError({ what: flag, got: 'nothing', expected: 'a value', fix: `pass ${flag}` });
}

/** The numbers of a list with commas, as `6,10`. */
export const numbersIn = (list: string): number[] => list.split(',').map(Number);
