import { expect } from 'vitest';
import { UserError } from '../../src/core/errors.ts';

/** What a call, or a promise, was refused with; fails if it was not refused, or not by a UserError. */
export async function refusal(attempt: (() => unknown) | Promise<unknown>): Promise<string> {
  const outcome = await (async () => (typeof attempt === 'function' ? attempt() : attempt))().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome, 'nothing was refused').toBeInstanceOf(UserError);
  const { message } = outcome as UserError;
  expect(message).toMatch(/^.+: got .+, expected .+/s);
  return message;
}
