import { describe, expect, test } from 'vitest';
import { RECIPES } from '../../src/settings/recipes.ts';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { refusal } from '../support/expect-user-error.ts';

const given = { data: 'd', encoder: 'random' };
const resolved = (options: Partial<TrainOptions> = {}) => resolveTrain({ ...given, ...options }, 1);

test.each(Object.entries(RECIPES))('%s is made of settings that there are', (_, recipe) => {
  expect(Object.keys(recipe).filter((name) => !(name in trainSchema.shape))).toEqual([]);
});

test('classic is what the settings say by themselves', () => {
  const plain = trainSchema.parse({ ...given, recipe: 'classic' });
  expect(resolved({ recipe: 'classic' })).toEqual(resolved(plain));
  expect(resolved({ recipe: 'classic' })).toMatchObject({
    ...{ trainEncoder: 'none', size: '128x128', batch: 16, average: 0, consistency: 'off' },
  });
});

test('full is the default', () => {
  expect(resolved()).toEqual(resolved({ recipe: 'full' }));
});

describe('full', () => {
  const full = resolved({ recipe: 'full' });

  test('trains the encoder, longer, on larger images, from plain images, too; all of it is written out', () => {
    expect(full).toMatchObject({
      ...{ recipe: 'full', trainEncoder: 'all', size: '256x256', consistency: 'auto', validation: 'auto' },
      ...{ optimizer: 'adamw', schedule: 'cosine', augment: 'light', rotation: 22.5, average: 0.99 },
    });
    expect(full.minSteps).toBeGreaterThan(0);
  });

  test('is the same when what it came to is given again', () => {
    expect(resolved(full as unknown as TrainOptions)).toEqual(full);
  });

  test.each<[Partial<TrainOptions>, Partial<Record<keyof TrainOptions, unknown>>]>([
    [{ size: 64 }, { size: '64x64', trainEncoder: 'all' }],
    [{ trainEncoder: false }, { trainEncoder: 'none', average: 0.99 }],
    [{ augment: 'none' }, { augment: 'none', rotation: 0 }],
    [{ rotation: 5 }, { augment: 'light', rotation: 5, shift: 0.2 }],
    [
      { average: 0, consistency: 'off' },
      { average: 0, consistency: 'off' },
    ],
    [{ validation: false }, { validation: false }],
    // What was chosen for another length, optimizer or schedule is left out with it.
    [{ epochs: 3 }, { epochs: 3, minSteps: 0, epochSteps: undefined }],
    [{ epochs: 48 }, { epochs: 48, minSteps: 0, epochSteps: undefined }],
    [
      { epochs: 3, steps: 7 },
      { epochs: 3, steps: 7 },
    ],
    // What it has anyway changes nothing.
    [
      { optimizer: 'adamw', schedule: 'cosine' },
      { weightDecay: 1e-4, warmupSteps: 30, minSteps: 500 },
    ],
    [{ optimizer: 'sgd' }, { optimizer: 'sgd', weightDecay: 0, schedule: 'cosine' }],
    [
      { optimizer: 'adam', weightDecay: 0.1 },
      { optimizer: 'adam', weightDecay: 0.1 },
    ],
    [{ schedule: 'constant' }, { schedule: 'constant', warmupSteps: 0 }],
  ])('with %j given that holds', (options, wanted) => {
    const found = resolved({ recipe: 'full', ...options }) as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(wanted)) expect(found[name], name).toEqual(value);
  });
});

test('a recipe that is none is refused with those that are', async () => {
  const said = await refusal(() => resolved({ recipe: 'best' as 'full' }));
  expect(said).toMatch(/recipe: got "best", expected .*full.*classic/);
});
