import { expect, test } from 'vitest';
import { parseDraws } from '../../src/data/folders/labels.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { syntheticSchema } from '../../src/settings/synthetic.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { studySchema } from '../../src/study/config.ts';
import { refusal } from '../support/expect-user-error.ts';

test('numbers beyond any machine are refused before anything is made of them', async () => {
  for (const key of ['threads', 'workers'])
    expect(await refusal(() => parseSettings(trainSchema, { data: 'd', [key]: 99_999 }))).toMatch(
      new RegExp(`^${key}: got 99999, expected number <=1024`),
    );
  expect(await refusal(() => parseSettings(studySchema, { data: 'd', seeds: 1e8 }))).toMatch(
    /^seeds: got 100000000, expected number <=1000/,
  );
  expect(await refusal(() => parseSettings(syntheticSchema, { count: 1e12 }))).toMatch(
    /^count: got 1000000000000/,
  );
  expect(await refusal(() => parseDraws('all,6x99999999'))).toMatch(
    /^labels: got 99999999 draws of 6, expected at most 1000/,
  );
  expect(parseDraws('6x1000')).toHaveLength(1000);
});
