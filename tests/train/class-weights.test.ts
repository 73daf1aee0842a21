import { expect, test } from 'vitest';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { givenClassWeights } from '../../src/train/class-weights.ts';

const classes = ['background', 'a', 'b'].map((name, number) => ({ name, number, colour: '#000000' }));
const given = (classWeights: string | number[]) =>
  givenClassWeights({
    ...{ ...ONE_OBJECT, maskValues: 'classes', classes, ignore: [] },
    ...{ classWeights, loss: 'cross-entropy+dice' },
  });

test('a number for each class', () => {
  expect(given('1, 0,2.5')).toEqual([1, 0, 2.5]);
  expect(given([1, 2, 3])).toEqual([1, 2, 3]);
  expect(given('auto')).toBe('auto');
  expect(given('none')).toBeUndefined();
});

test.each([
  '1,2',
  '1,,2',
  '1,2,',
  ' , , ',
  '1,2,x',
  '1,2,-1',
  '1,2,Infinity',
  '0,0,0',
])('"%s" is refused', (text) => {
  expect(() => given(text)).toThrow(/classWeights: got .*expected auto, none, or 3 numbers from 0, not all/);
});
