import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addFlags, givenSettings } from '../../src/cli/flags.ts';
import { flipsAlone, noAugmentation } from '../../src/data/loading/augmentation.ts';
import { augmentationOf, laidOver } from '../../src/settings/augmentation.ts';
import { resolvePretrain, resolvePreview } from '../../src/settings/resolve.node.ts';
import { type TrainOptions, trainSchema } from '../../src/settings/training.ts';
import type { StudyOptions } from '../../src/study/config.ts';
import { resolveStudy } from '../../src/study/resolve.node.ts';
import { pretrainOptions, trainOptions } from '../../src/study/run/plan.ts';
import { resolveTrain } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';

const given = { data: 'd', encoder: 'random' };
const trained = (options: Partial<TrainOptions>) => resolveTrain({ ...given, ...options }, 1);
const light = { scale: 0.4, aspect: 0.15, rotation: 22.5, shift: 0.2, elastic: 0, flips: 'all', blur: 0 };

describe('a set', () => {
  test.each([
    [undefined, 'flips', flipsAlone],
    ['flips', 'flips', flipsAlone],
    [true, 'flips', flipsAlone],
    ['none', 'none', noAugmentation],
    [false, 'none', noAugmentation],
  ] as const)('%j is written as %s, with all its factors', (augment, name, factors) => {
    const config = trained({ augment });
    expect(config.augment).toBe(name);
    expect(augmentationOf(config)).toEqual(factors);
    expect(config).toMatchObject(factors);
  });

  test('a factor that is given is not as in its set, whichever set it is', () => {
    expect(trained({ augment: 'light' })).toMatchObject({ ...light, brightness: 0.3, hue: 0.03 });
    expect(trained({ augment: 'light', rotation: 5, hue: 0 })).toMatchObject({
      ...light,
      rotation: 5,
      hue: 0,
    });
    expect(augmentationOf(trained({ rotation: 5 }))).toEqual({ ...flipsAlone, rotation: 5 });
    expect(augmentationOf(trained({ augment: false, flips: 'horizontal' }))).toEqual({
      ...noAugmentation,
      flips: 'horizontal',
    });
    expect(trained({ augment: 'strong', flips: 'none' })).toMatchObject({
      flips: 'none',
      elastic: 0.03,
      jpeg: 60,
    });
  });

  test('each is wider than the one before', () => {
    const sets = (['none', 'flips', 'light', 'strong'] as const).map((augment) =>
      augmentationOf(trained({ augment })),
    );
    for (const [i, set] of sets.slice(1).entries())
      for (const [name, value] of Object.entries(set))
        if (typeof value === 'number') expect(value).toBeGreaterThanOrEqual(Number(sets[i][name as 'scale']));
  });

  test('pretraining and previews have them, too; what is resolved resolves to itself', () => {
    const pretraining = resolvePretrain({ ...given, augment: 'light', shift: 0.1 }, 1);
    expect(pretraining).toMatchObject({ ...light, augment: 'light', shift: 0.1 });
    expect(resolvePreview({ data: 'd', augment: 'light', shift: 0.1 })).toMatchObject({
      ...light,
      shift: 0.1,
    });
    const { decoderChannels, ...again } = pretraining;
    const twice = resolvePretrain({ ...again, decoderChannels: [...decoderChannels] }, 1);
    expect(twice).toEqual(pretraining);
    expect(Object.keys(twice)).toEqual(Object.keys(pretraining));
    expect(Object.keys(pretraining).indexOf('rotation')).toBe(
      Object.keys(pretraining).indexOf('augment') + 4,
    );
  });

  test.each([
    [{ augment: 'lite' }, /^augment: got "lite", expected one of .*light/],
    [{ scale: -1 }, /^scale: got -1, expected .*>= ?0/],
    [{ rotation: 200 }, /^rotation: got 200, expected .*<= ?180/],
    [{ jpeg: 100 }, /^jpeg: got 100, expected .*<= ?99/],
    [{ flips: 'vertical' }, /^flips: got "vertical", expected one of .*horizontal/],
  ])('%j is refused', async (options, message) => {
    expect(await refusal(() => trained(options as Partial<TrainOptions>))).toMatch(message);
  });
});

describe('in a study', () => {
  const study = (options: Partial<StudyOptions>) => {
    const config = resolveStudy({ ...given, labels: 22, ...options }, 1);
    const key = { phase: 'train', seed: 0, labels: '22', draw: 0, epochs: 1 } as const;
    return {
      arm: (arm: string) =>
        resolveTrain(
          trainOptions(config, { ...key, arm }, () => 'x'),
          1,
        ),
      pretraining: (arm: string) =>
        resolvePretrain(pretrainOptions(config, { phase: 'pretrain', arm, seed: 0 }), 1),
    };
  };

  test('an arm has the set that it names, or single factors', () => {
    const { arm } = study({
      arms: { scratch: {}, wide: { augment: 'light' }, turned: { rotation: 20 }, bare: { augment: 'none' } },
    });
    expect(augmentationOf(arm('scratch'))).toEqual(flipsAlone);
    expect(arm('wide')).toMatchObject({ ...light, augment: 'light' });
    expect(augmentationOf(arm('turned'))).toEqual({ ...flipsAlone, rotation: 20 });
    expect(augmentationOf(arm('bare'))).toEqual(noAugmentation);
  });

  test('a factor given for the study is that of its arms, whichever set they name, but for their own', () => {
    const { arm } = study({
      augment: 'strong',
      rotation: 10,
      arms: {
        scratch: {},
        wide: { augment: 'light' },
        own: { augment: 'light', rotation: 1 },
        flat: { shift: 0 },
      },
    });
    expect(arm('scratch')).toMatchObject({ elastic: 0.03, rotation: 10, shift: 0.25 });
    expect(arm('wide')).toMatchObject({ ...light, rotation: 10 });
    expect(arm('own')).toMatchObject({ ...light, rotation: 1 });
    expect(arm('flat')).toMatchObject({ elastic: 0.03, rotation: 10, shift: 0 });
  });

  test('so has a pretraining', () => {
    const { pretraining } = study({
      arms: { scratch: {}, turned: { pretraining: 'turned' } },
      pretrainings: { turned: { augment: 'light', blur: 1 } },
    });
    expect(pretraining('turned')).toMatchObject({ ...light, blur: 1 });
  });
});

test('a set that is named over a settings file replaces the factors of the set in the file', () => {
  const file = trained({ augment: 'light', hue: 0.1 });
  const again = laidOver(file, { augment: 'flips', batch: 4 } as const);
  expect(again.batch).toBe(4);
  const { decoderChannels, ...settings } = again;
  expect(augmentationOf(trained(settings))).toEqual({ ...flipsAlone, hue: 0.1 });
  expect(laidOver(file, { batch: 4 })).toEqual({ ...file, batch: 4 });
  expect(laidOver({ rotation: 5 }, { augment: 'light' })).toEqual({ rotation: 5, augment: 'light' });
});

test.each([
  [[], {}],
  [['--no-augment'], { augment: false }],
  [['--augment', 'light', '--rotation', '5'], { augment: 'light', rotation: 5 }],
  [
    ['--augment', 'none', '--flips', 'horizontal', '--blur-probability', '.3'],
    { augment: 'none', flips: 'horizontal', blurProbability: 0.3 },
  ],
])('the command line %j', (args, expected) => {
  const command = new Command('train');
  addFlags(command, trainSchema);
  command.parse(args, { from: 'user' });
  expect(givenSettings(command, trainSchema)).toEqual(expected);
});
