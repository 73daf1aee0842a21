import { expect, test } from 'vitest';
import { isInShare, parseShare } from '../../src/study/run/share.ts';
import { refusal } from '../support/expect-user-error.ts';

test('the shares of a plan have each of its tasks once, however many there are', () => {
  for (const tasks of [1, 5, 12]) {
    for (const of of [1, 3, 12, 20]) {
      const all = Array.from({ length: tasks }, (_, i) => i + 1);
      const shares = Array.from({ length: of }, (_, i) => parseShare(`${i + 1}/${of}`));
      const taken = shares.flatMap((share) => all.filter((task) => isInShare(task, share)));
      expect(taken.sort((a, b) => a - b)).toEqual(all);
    }
  }
});

test('with as many shares as tasks each share is the task of its number', () => {
  expect([1, 2, 3, 4].filter((task) => isInShare(task, parseShare('3/4')))).toEqual([3]);
});

test.each([
  '',
  '3',
  '0/4',
  '5/4',
  '1/0',
  '1/2/3',
  ' 1/2',
  '1.5/2',
  '-1/2',
])('"%s" is refused', async (text) => {
  expect(await refusal(() => parseShare(text))).toMatch(/^--task: got .*such as 3\/12/);
});
