import { expect, test } from 'vitest';
import { overridden } from '../../src/settings/overrides.ts';
import { refusal } from '../support/expect-user-error.ts';

const settings = { seeds: 3, labels: 88, arms: { full: { augment: 'light' }, scratch: null } };

test.each([
  [['seeds=5'], { seeds: 5 }],
  [['labels=[22, 10%]'], { labels: [22, '10%'] }],
  [
    ['arms.full.augment=strong', 'arms.full.average=0.99'],
    { arms: { full: { augment: 'strong', average: 0.99 }, scratch: null } },
  ],
  [['arms.scratch.seeds=2'], { arms: { full: { augment: 'light' }, scratch: { seeds: 2 } } }],
  [['arms.new.loss=bce+0.5*dice'], { arms: { ...settings.arms, new: { loss: 'bce+0.5*dice' } } }],
  [['noise=a=b'], { noise: 'a=b' }],
  [['seeds=5', 'seeds=6'], { seeds: 6 }],
])('%j', (overrides, expected) => {
  expect(overridden(settings, overrides)).toEqual({ ...settings, ...expected });
  expect(settings.seeds).toBe(3);
});

test('a value without text takes the setting away', () => {
  expect(overridden(settings, ['labels='])).toEqual({ seeds: 3, arms: settings.arms });
});

test.each(['seeds', '=5', 'arms..x=1', '.x=1', 'x.=1', 'x=[1', ''])('"%s" is refused', async (override) => {
  expect(await refusal(() => overridden(settings, [override]))).toContain(`--set: got "${override}"`);
});

test('a setting within something that holds none is refused', async () => {
  const message = await refusal(() => overridden(settings, ['seeds.first=1']));
  expect(message).toBe(
    '--set seeds.first: got seeds, which is 3, expected settings in which others can be set; set seeds itself, or leave out what comes after it',
  );
});
