import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseSettings } from '../../src/settings/parse.ts';
import { mayDiffer, setting, settingsOf } from '../../src/settings/setting.ts';
import { text } from '../../src/settings/shared.ts';
import { pretrainSchema, trainSchema } from '../../src/settings/training.ts';
import { armSchema, pretrainingSchema } from '../../src/study/arms.ts';
import { studySchema } from '../../src/study/config.ts';

const names = (schema: z.ZodObject) => Object.keys(schema.shape).sort();

test('equal runs may differ in paths, and in what decides no result', () => {
  const free = [
    'cacheFeatures',
    'data',
    'device',
    'encoder',
    'groups',
    'memory',
    'strict',
    'threads',
    'workers',
  ];
  expect(mayDiffer(pretrainSchema).sort()).toEqual([...free, 'init', 'plain'].sort());
  expect(mayDiffer(trainSchema).sort()).toEqual([...free, 'init', 'plain', 'pretrained'].sort());
  expect(mayDiffer(studySchema).sort()).toEqual([...free, 'audits', 'jobs', 'plain'].sort());
});

test('arms and pretrainings have what is not the study’s, without defaults', () => {
  for (const [own, run] of [
    [armSchema, trainSchema],
    [pretrainingSchema, pretrainSchema],
  ] as const) {
    const free = settingsOf(run).flatMap(([name, , { ofStudy }]) => (ofStudy ? [] : [name]));
    expect(names(own)).toEqual(expect.arrayContaining(free));
    for (const name of ['data', 'decoder', 'size', 'batch', 'labels', 'seed', 'threads', 'kernels', 'init'])
      expect(names(own)).not.toContain(name);
    expect(parseSettings(own, {})).toEqual({});
  }
  expect(names(armSchema)).not.toContain('epochs');
  expect(names(pretrainingSchema)).toContain('epochs');
});

test('what is said of a setting is said of it alone', () => {
  const plain = text.optional();
  const schema = z.strictObject({
    one: setting(plain, 'Data', 'One', { path: true }),
    other: setting(plain, 'Speed', 'Other'),
  });
  expect(settingsOf(schema).map(([name, , about]) => [name, about])).toEqual([
    ['one', { topic: 'Data', description: 'One', path: true }],
    ['other', { topic: 'Speed', description: 'Other' }],
  ]);
  expect(() => settingsOf(z.strictObject({ plain }))).toThrow('no setting');
});
