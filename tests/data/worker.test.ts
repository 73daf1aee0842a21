import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { packError, unpackError } from '../../src/core/packed-error.ts';

const sent = (error: unknown) => unpackError(structuredClone(packError(error)));

test('a UserError is one again on the other side of a thread', () => {
  const error = new UserError({ what: 'a', got: 'b', expected: 'c', fix: 'd' });
  expect(sent(error)).toBeInstanceOf(UserError);
  expect(sent(error).message).toBe('a: got b, expected c; d');
});

test('any other error stays a bug and keeps its first stack', () => {
  const error = new TypeError('oops');
  expect(sent(error)).not.toBeInstanceOf(UserError);
  expect(sent(error)).toMatchObject({ message: 'oops', stack: error.stack });
  expect(sent('text').message).toBe('text');
});
