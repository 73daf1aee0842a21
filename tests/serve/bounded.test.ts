import { expect, test } from 'vitest';
import { Bounded } from '../../src/serve/bounded.ts';

test('what was not asked for the longest goes first, and what is too large is not kept', () => {
  const kept = new Bounded<string>(10, ({ length }) => length);
  kept.set('a', '1234');
  kept.set('b', '1234');
  expect(kept.get('a')).toBe('1234');
  kept.set('c', '1234');
  expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual(['1234', undefined, '1234']);
  kept.set('a', '12345678901');
  expect(kept.get('a')).toBeUndefined();
  kept.set('c', '123456');
  kept.set('d', '1234');
  expect([kept.get('c'), kept.get('d')]).toEqual(['123456', '1234']);
});
