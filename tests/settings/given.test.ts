import { describe, expect, test } from 'vitest';
import { settingsOfCommand } from '../../src/settings/given.node.ts';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import { pretrainSchema, type TrainOptions, trainSchema } from '../../src/settings/training.ts';

type Settings = Readonly<Record<string, unknown>>;

const resolved = (options: object) =>
  resolveTrain({ data: 'd', encoder: 'random', ...options } as TrainOptions, 1);
/** What a run of these settings writes as its config.yaml. */
const written = (options: object): Settings => ({ kind: 'train', ...resolved(options) });

const over = (contents: readonly Settings[], flags: Settings, overrides: readonly string[] = []) =>
  settingsOfCommand(trainSchema, {
    ...{ overrides, flags },
    files: contents.map((content, i) => ({ path: `${i}.yaml`, content })),
  });

describe('settings given over the config.yaml of a run', () => {
  test.each([
    ['epochs', {}, { epochs: 2 }],
    ['as many epochs as the recipe has passes', {}, { epochs: 48 }],
    ['another recipe', {}, { recipe: 'classic' }],
    ['another recipe, back', { recipe: 'classic' }, { recipe: 'full' }],
    ['another recipe and a part of it', { recipe: 'classic' }, { recipe: 'full', average: 0 }],
    ['another recipe and a length', {}, { recipe: 'classic', epochs: 2 }],
    ['optimizer', {}, { optimizer: 'sgd' }],
    ['schedule', {}, { schedule: 'constant' }],
    ['augment', {}, { augment: 'strong' }],
    ['the value that it has anyway', {}, { optimizer: 'adamw', schedule: 'cosine' }],
  ])('%s: are what they would be without it, also by --set and by another file', (_, before, given) => {
    const wanted = resolved({ ...before, ...given });
    expect(resolved(over([written(before)], given))).toEqual(wanted);
    const overrides = Object.entries(given).map(([name, value]) => `${name}=${value}`);
    expect(resolved(over([written(before)], {}, overrides))).toEqual(wanted);
    expect(resolved(over([written(before), given], {}))).toEqual(wanted);
  });

  test('leave alone what was chosen by hand', () => {
    const file = written({ minSteps: 700, average: 0.5, weightDecay: 0.01 });
    const found = resolved(over([file], { recipe: 'classic', epochs: 2, optimizer: 'sgd' }));
    expect(found).toMatchObject({
      minSteps: 700,
      average: 0.5,
      weightDecay: 0.01,
      epochs: 2,
      trainEncoder: 'none',
    });
  });

  test('a run that is named later is whole', () => {
    expect(over([{ seed: 3, batch: 2 }, written({ seed: 5 })], {})).toEqual(resolved({ seed: 5 }));
  });
});

describe('settings given over a file that somebody wrote', () => {
  test.each<[Settings, Settings]>([
    [{ trainEncoder: 'all', augment: 'light', views: 4, average: 0.99 }, { recipe: 'classic' }],
    [{ epochs: 10, minSteps: 500 }, { epochs: 20 }],
    [{ optimizer: 'adamw', weightDecay: 1e-4 }, { optimizer: 'sgd' }],
    [{ size: 64, seed: 3 }, { recipe: 'classic' }],
  ])('all of %j stays under %j', (file, flags) => {
    expect(over([file], flags)).toEqual({ ...file, ...flags });
    expect(over([file, flags], {})).toEqual({ ...file, ...flags });
  });

  test('later files, then --set, then flags', () => {
    const files = [
      { seed: 1, batch: 2, lr: 0.1 },
      { seed: 2, batch: 4 },
    ];
    expect(over(files, { seed: 4 }, ['seed=3', 'batch=8'])).toEqual({ seed: 4, batch: 8, lr: 0.1 });
  });

  test('an unknown key is told with its file; --set can take it away', () => {
    expect(() => over([{ seed: 1 }, { patence: 3 }], {})).toThrow(/^1\.yaml: got the unknown key patence/);
    expect(over([{ seed: 1, patence: 3 }], {}, ['patence='])).toEqual({ seed: 1 });
  });
});

test('settings that have no recipes leave all others alone', () => {
  const content = { kind: 'pretrain', optimizer: 'adamw', weightDecay: 1e-4 };
  const files = [{ path: 'config.yaml', content }];
  const found = settingsOfCommand(pretrainSchema, { files, overrides: [], flags: { optimizer: 'sgd' } });
  expect(found).toEqual({ optimizer: 'sgd', weightDecay: 1e-4 });
});

test('a recipe that is none is left to the check of settings', () => {
  expect(over([{ recipe: 'best' }], { epochs: 2 })).toEqual({ recipe: 'best', epochs: 2 });
});
