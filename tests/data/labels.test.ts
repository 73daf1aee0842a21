import { describe, expect, test } from 'vitest';
import { canonicalDraws, parseDraws } from '../../src/data/folders/labels.ts';
import { refusal } from '../support/expect-user-error.ts';

describe('budgets of masks and their draws', () => {
  test('one, several, and several draws of one', () => {
    expect(parseDraws('88')).toEqual([{ labels: '88', draw: 0 }]);
    expect(parseDraws('22x2, 10 %,all')).toEqual([
      { labels: '22', draw: 0 },
      { labels: '22', draw: 1 },
      { labels: '10%', draw: 0 },
      { labels: 'all', draw: 0 },
    ]);
  });

  test('have one spelling', () => {
    expect(canonicalDraws(88)).toBe('88');
    expect(canonicalDraws([22, '88 x 3', '10 %'])).toBe('22,88x3,10%');
    expect(canonicalDraws('22x1')).toBe('22');
  });

  test.each([
    '',
    '22,',
    '22x',
    '22x0',
    'x3',
    '22x2x3',
    '0',
    '1.5',
    '22,22x2',
    'some',
  ])('%j are none', async (text) => {
    expect(await refusal(() => parseDraws(text))).toMatch(/^labels: got "/);
  });
});
