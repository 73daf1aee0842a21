import { UserError } from '../../core/errors.ts';

/** A part of a study's tasks: every `of`-th of them, from the `number`-th on. */
export interface Share {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/**
 * @param text such as `3/12`
 * @throws UserError for anything else
 */
export function parseShare(text: string): Share {
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (number === undefined || Number(number) > Number(of)) {
    throw new UserError({
      what: '--task',
      got: `"${text}"`,
      expected: 'which of how many, such as 3/12',
      fix: 'write a number from 1, a slash, and how many there are',
    });
  }
  return { number: Number(number), of: Number(of) };
}

/** Whether a task of the plan, from 1, is in a share. */
export const isInShare = (task: number, { number, of }: Share): boolean => (task - number) % of === 0;
