import { expect, test } from 'vitest';
import { Pointers } from '../../page/src/label/pointers.ts';

const pointer = (pointerId: number, pointerType = 'touch') => ({ pointerId, pointerType });
const [one, two, three, pen, mouse] = [
  ...[pointer(1), pointer(2), pointer(3)],
  ...[pointer(4, 'pen'), pointer(5, 'mouse')],
];

test('two fingers pinch, and none acts until all are up', () => {
  const pointers = new Pointers();
  pointers.down(one, [0, 0]);
  expect(pointers.acting).toBe(1);
  pointers.down(two, [9, 0]);
  pointers.move(two, [9, 9]);
  expect([pointers.acting, pointers.pair]).toEqual([
    undefined,
    [
      [0, 0],
      [9, 9],
    ],
  ]);
  pointers.down(three, [5, 5]);
  expect([pointers.acting, pointers.pair]).toEqual([undefined, undefined]);
  pointers.up(one);
  expect([pointers.acting, pointers.pair]).toEqual([
    undefined,
    [
      [9, 9],
      [5, 5],
    ],
  ]);
  pointers.up(two);
  expect([pointers.acting, pointers.pair, pointers.any]).toEqual([undefined, undefined, true]);
  pointers.up(three);
  expect(pointers.any).toBe(false);
  pointers.down(one, [0, 0]);
  expect(pointers.acting).toBe(1);
});

test.each([pen, mouse])('a palm acts neither before nor beside a $pointerType', (other) => {
  const pointers = new Pointers();
  pointers.down(one, [0, 0]);
  pointers.down(other, [3, 3]);
  expect(pointers.acting).toBe(other.pointerId);
  pointers.down(two, [9, 0]);
  pointers.up(one);
  expect([pointers.acting, pointers.pair]).toEqual([other.pointerId, undefined]);
  pointers.up(other);
  expect(pointers.acting).toBeUndefined();
});

test('a pointer whose end was never told begins anew', () => {
  const pointers = new Pointers();
  pointers.down(mouse, [0, 0]);
  pointers.down(mouse, [1, 1]);
  expect(pointers.acting).toBe(5);
});
