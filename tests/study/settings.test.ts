import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import { ablationOf } from '../../src/study/ablation.ts';
import { ARMS, PRETRAININGS } from '../../src/study/arms.ts';
import type { StudyConfig, StudyOptions } from '../../src/study/config.ts';
import { jobsFor, memoryOfLargest, resolveStudy } from '../../src/study/resolve.node.ts';
import { grownStudy } from '../../src/study/run/growth.node.ts';
import { placeOf, planOf, pretrainOptions, trainOptions } from '../../src/study/run/plan.ts';
import { refusal } from '../support/expect-user-error.ts';

const given = { data: 'd', encoder: 'random' };
const resolve = (options: Partial<StudyOptions>) => resolveStudy({ ...given, ...options }, 2);
const refused = (options: object) => refusal(() => resolve(options));

test('images are read alike in all runs: pieces of them, or with a border', async () => {
  const run = { arm: 'identity', seed: 0 };
  const ofBoth = (study: StudyConfig) => [
    trainOptions(study, { phase: 'train', ...run, labels: 'all', draw: 0 }, () => 'folder'),
    pretrainOptions(study, { phase: 'pretrain', ...run }),
  ];
  const [train, pretrain] = ofBoth(resolve({ crop: true, cropScale: 0.5 }));
  expect(train).toMatchObject({ crop: true, cropScale: 0.5, cropObjects: 0.5 });
  expect(pretrain).toMatchObject({ crop: true, cropScale: 0.5 });
  expect(pretrain).not.toHaveProperty('cropObjects');
  for (const options of ofBoth(resolve({ fit: 'pad' }))) expect(options).toMatchObject({ fit: 'pad' });
  expect(await refused({ fit: 'pad', crop: true })).toContain('leave out --fit');
  expect(await refused({ cropScale: 2 })).toContain('give --crop');
  expect(await refused({ arms: { scratch: { crop: true } } })).toContain('crop');
});

describe('arms', () => {
  test('by name, in order, with all that makes them what they are', () => {
    const study = resolve({ arms: 'denoise-coarse, scratch, partial:2', size: '64x96', sigma: 0.3 });
    expect(Object.entries(study.arms)).toEqual([
      ['denoise-coarse', { pretraining: 'denoise-coarse' }],
      ['scratch', {}],
      ['partial-2', { pretraining: 'identity', transfer: 'partial:2' }],
    ]);
    expect(study.pretrainings).toEqual({
      'denoise-coarse': { pretext: 'denoise', sigma: 0.3, correlation: 8 },
      identity: { pretext: 'identity' },
    });
    expect(study.baseline).toBe('scratch');
  });

  test('of a file: settings of one that is known, and new ones from new pretrainings', () => {
    const study = resolve(
      parse(`
arms:
  scratch: { seeds: 10 }
  identity:
  weak: { pretraining: weak-noise, transfer: 'partial:1', lr: 0.01 }
pretrainings:
  weak-noise: { pretext: denoise, sigma: 0.1, epochs: 2 }
seeds: 6
`) as StudyOptions,
    );
    expect(study.arms).toEqual({
      scratch: { seeds: 10 },
      identity: { pretraining: 'identity' },
      weak: { pretraining: 'weak-noise', transfer: 'partial:1', lr: 0.01 },
    });
    const train = trainOptions(
      study,
      { phase: 'train', arm: 'weak', seed: 3, labels: 'all', draw: 0 },
      ({ arm, seed }) => `${arm}/${seed}`,
    );
    expect(train).toMatchObject({ lr: 0.01, transfer: 'partial:1', seed: 3, pretrained: 'weak-noise/3' });
    expect(train).not.toHaveProperty('seeds');
    const pretrain = pretrainOptions(study, { phase: 'pretrain', arm: 'weak-noise', seed: 3 });
    expect(pretrain).toMatchObject({ lr: 1e-3, pretext: 'denoise', sigma: 0.1, epochs: 2, seed: 3 });
  });

  test.each(['reach', 'reach-880'])('full is what train does by itself, in studies/%s.yaml', (name) => {
    const file = readFileSync(new URL(`../../studies/${name}.yaml`, import.meta.url), 'utf8');
    const study = resolve(parse(file) as StudyOptions);
    const key = { phase: 'train', arm: 'full', seed: 3, labels: '88', draw: 0 } as const;
    const ofStudy = resolveTrain(
      trainOptions({ ...study, encoder: 'random' }, key, () => ''),
      2,
    );
    const { data, encoder } = ofStudy;
    const alone = resolveTrain({ data, encoder, labels: 88, seed: 3 }, 2);
    expect({ ...ofStudy, recipe: 'full' }).toEqual({ ...alone, threads: ofStudy.threads });
  });

  test('every built-in arm can be planned', () => {
    const study = resolve({ arms: Object.keys(ARMS) });
    expect(Object.keys(study.arms)).toEqual(Object.keys(ARMS));
    expect(study.arms['scratch+degrade']).toEqual({
      degrade: 'identity:1,denoise:1',
      sigma: 0.44,
      correlation: 16,
    });
    expect(study.pretrainings['bn-init']).toEqual({ method: 'statistics' });
    expect(study.pretrainings.foreign).toEqual({ pretext: 'identity', plain: 'synthetic:1000' });
    expect(Object.keys(study.pretrainings).sort()).toEqual(Object.keys(PRETRAININGS).sort());
  });

  test('add one part after the other, and controls change one thing', () => {
    const { arms } = resolve({ arms: Object.keys(ARMS) });
    const light = { trainEncoder: 'all', augment: 'light' };
    const consistency = { ...light, average: 0.99, consistency: 'teacher' };
    expect(arms).toMatchObject({
      frozen: { trainEncoder: 'none' },
      'trained-encoder': { trainEncoder: 'all' },
      light,
      averaged: { ...light, average: 0.99 },
      consistency,
    });
    const changes = {
      'consistency-shuffled': { pseudoMasks: 'shuffled' },
      'consistency-foreign': { plain: 'synthetic:1000' },
      'labelled-only': { plain: 'labelled' },
      'no-cutmix': { cutmix: 0 },
      'student-teacher': { average: 0 },
    };
    for (const [arm, change] of Object.entries(changes))
      expect(arms[arm], arm).toEqual({ ...consistency, ...change });
  });

  test("learn from the study's plain images, unless they have their own", () => {
    const study = resolve({
      arms: 'averaged,consistency,consistency-foreign,labelled-only',
      plain: 'synthetic:9',
    });
    const plain = Object.keys(study.arms).map(
      (arm) => trainOptions(study, { phase: 'train', arm, seed: 0, labels: '88', draw: 0 }, () => '').plain,
    );
    expect(plain).toEqual([undefined, 'synthetic:9', 'synthetic:1000', 'labelled']);
  });

  test('what is resolved, written and read again is the same', () => {
    const study = resolve({
      arms: { scratch: { seeds: 2 }, mask: null, mine: { pretraining: 'p' } },
      pretrainings: { p: { pretext: 'superres', factor: 2 } },
      labels: ['22x2', 88, '10%'],
      primary: { arm: 'mask', labels: 88 },
    });
    expect(resolveStudy(parse(stringify(study)), 8)).toEqual(study);
    expect(study.labels).toBe('22x2,88,10%');
    expect(study.primary).toEqual({ arm: 'mask', metric: 'dice', labels: '88' });
    expect(resolve({ primary: 'identity:hd95' }).primary).toMatchObject({ metric: 'hd95', labels: 'all' });
    expect(resolve({ primary: 'identity:dice:left: old' }).primary).toMatchObject({
      metric: 'dice:left: old',
    });
  });

  test.each([
    [{ arms: 'scratch,scratch' }, /^arms: got scratch,scratch, in which scratch comes twice/],
    [{ arms: 'identiti' }, /^arms: got the unknown arm identiti.*did you mean identity\?/],
    [{ arms: 'scratch,' }, /^arms: got the name ""/],
    [{ arms: {} }, /^arms: got none/],
    [{ arms: { '../x': { lr: 1 } } }, /^arms: got the name "\.\.\/x"/],
    [{ arms: { weights: { lr: 1 } } }, /^arms: got the name "weights"/],
    [{ arms: { x: { lr: -1 } } }, /^arms\.x\.lr: got -1/],
    [{ arms: { x: { larning: 1 } } }, /unknown key arms\.x\.larning/],
    [{ arms: { x: { epochs: 1 } } }, /unknown key arms\.x\.epochs/],
    [{ arms: { x: { pretraining: 'maks' } } }, /^pretraining: got the unknown pretraining maks.*mask/],
    [{ arms: { x: { transfer: 'shuffled' } } }, /^arm x: transfer: got shuffled without --pretrained/],
    [{ arms: 'mask', pretrainings: { mask: { maskRatio: 1 } } }, /^pretrainings\.mask\.maskRatio: got 1/],
    [{ arms: 'superres', pretrainings: { superres: { factor: 500 } } }, /^pretraining superres: /],
    [
      { arms: { x: { pretraining: 'mask', encoderInput: 'unit' } } },
      /^arm x: encoderInput: got unit, expected own, as in its pretraining mask/,
    ],
    [{ baseline: 'scrach' }, /^baseline: got "scrach".*did you mean scratch\?/],
    [{ primary: 'scratch' }, /^primary: got scratch, which is the baseline/],
    [{ primary: 'mask' }, /^primary: got "mask"/],
    [{ primary: 'identity:dise' }, /^primary: got the metric "dise"/],
    [{ primary: 'identity:net_dice:polyp' }, /^primary: got the metric "net_dice:polyp"/],
    [{ primary: { arm: 'identity', metrics: 'dice' } }, /unknown key primary\.metrics/],
    [{ primary: 'identity', labels: '22,88' }, /^primary: got no labels, where the study has several/],
    [{ labels: '22,22' }, /^labels: got "22,22", in which 22 comes twice/],
    [{ labels: '22x0' }, /^labels: got "22x0"/],
  ])('%j is refused', async (options, message) => {
    expect(await refused(options)).toMatch(message);
  });
});

describe('an ablation', () => {
  test('is a recipe, and the recipe without each of its parts', () => {
    const study = resolve({ ablate: 'averaged', seeds: 6 });
    expect(study.arms).toEqual({
      averaged: { trainEncoder: 'all', augment: 'light', average: 0.99 },
      'averaged-without-trained-encoder': { augment: 'light', average: 0.99 },
      'averaged-without-light': { trainEncoder: 'all', average: 0.99 },
      'averaged-without-averaged': { trainEncoder: 'all', augment: 'light' },
    });
    expect(study.baseline).toBe('averaged');
    expect(study).not.toHaveProperty('ablate');
    // As when it is resumed.
    expect(resolve({ ...study, ablate: 'averaged' } as unknown as StudyOptions)).toEqual(study);
  });

  test('takes apart any recipe', () => {
    const parts = { steady: { clipNorm: 1, momentum: 0.5 }, slow: { lr: 1e-4 } };
    expect(ablationOf('mine', { mine: parts })).toEqual({
      baseline: 'mine',
      arms: {
        mine: { clipNorm: 1, momentum: 0.5, lr: 1e-4 },
        'mine-without-steady': { lr: 1e-4 },
        'mine-without-slow': { clipNorm: 1, momentum: 0.5 },
      },
    });
  });

  test.each([
    [{ ablate: 'averagd' }, /^ablate: got "averagd".*did you mean averaged\?/],
    [{ ablate: 'frozen' }, /^ablate: got "frozen", expected what is made of parts: light, averaged, .*full/],
    [{ ablate: 'light', arms: 'scratch' }, /^ablate: got arms, too/],
    [{ ablate: 'light', augment: 'light' }, /^ablate: got light-without-light, which is the same as light/],
  ] as const)('%j is refused', async (options, message) => {
    expect(await refused(options)).toMatch(message);
  });
});

describe('runs', () => {
  const count = () => 40;
  const study = resolve({
    arms: { scratch: { seeds: 2 }, matched: {}, identity: {} },
    labels: '22x2,88',
    seeds: 1,
    batch: 16,
    epochs: 5,
  });

  test('seed by seed, a pretraining once for its arms and all their masks; what starts from none is by itself', () => {
    const chains = planOf(study, count);
    const told = chains.map((chain) => chain.map((run) => placeOf(study, run).join('/')));
    expect(told).toEqual([
      ['scratch/seed-0/train-22'],
      ['scratch/seed-0/train-22-1'],
      ['scratch/seed-0/train-88'],
      [
        'identity/seed-0/pretrain',
        ...['matched', 'identity'].flatMap((arm) =>
          ['train-22', 'train-22-1', 'train-88'].map((place) => `${arm}/seed-0/${place}`),
        ),
      ],
      ['scratch/seed-1/train-22'],
      ['scratch/seed-1/train-22-1'],
      ['scratch/seed-1/train-88'],
    ]);
    expect(chains.flat().map(({ number }) => number)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
    // 40 images are 2 whole batches.
    expect(chains[0][0]).toMatchObject({ steps: 10, of: 13, stepsInAll: 12 * 10 + 20 });
  });

  test('may be as many steps for every budget of masks', () => {
    const equal = resolve({ arms: 'scratch', labels: '22,88', seeds: 1, batch: 4, steps: 30 });
    const runs = planOf(equal, (run) => (run.phase === 'train' && run.labels === '22' ? 20 : 77)).flat();
    // 5 and 19 steps an epoch.
    expect(runs.map(({ steps, epochs }) => [steps, epochs])).toEqual([
      [30, 6],
      [30, 2],
    ]);
    const run = runs[1] as Parameters<typeof trainOptions>[1];
    expect(trainOptions(equal, run, () => '')).toMatchObject({ steps: 30 });
  });

  test('may have epochs of as many steps as one likes, and go without validation', () => {
    const given = { steps: 30, epochSteps: 10, validation: 'auto' } as const;
    const study = resolve({ arms: 'identity', seeds: 1, batch: 4, pretrainEpochs: 2, ...given });
    const [[pretraining, training]] = planOf(study, count);
    expect([training.steps, training.epochs]).toEqual([30, 3]);
    expect([pretraining.steps, pretraining.epochs]).toEqual([20, 2]);
    const run = training as Parameters<typeof trainOptions>[1];
    expect(trainOptions(study, run, () => '')).toMatchObject(given);
    const before = pretraining as Parameters<typeof pretrainOptions>[1];
    expect(pretrainOptions(study, before)).toMatchObject({ epochs: 2, validation: 'auto' });
  });

  test('of one draw of masks need not say which', () => {
    const run = { phase: 'train', arm: 'scratch', seed: 0, labels: '88', draw: 0 } as const;
    expect(placeOf({ labels: '88' }, run)).toEqual(['scratch', 'seed-0', 'train']);
  });
});

describe('a study may grow', () => {
  const before = resolve({ arms: { scratch: {}, identity: { seeds: 2 } }, seeds: 3 });
  const grown = (options: Partial<StudyOptions>) => {
    const now = resolve({ arms: { scratch: {}, identity: { seeds: 2 } }, seeds: 3, ...options });
    return { same: { ...grownStudy(before, now) } as StudyConfig, now };
  };

  test('by arms and seeds', () => {
    for (const options of [
      { seeds: 5 },
      { arms: { scratch: {}, identity: { seeds: 4 } } },
      { arms: { mask: {}, scratch: {}, identity: { seeds: 2 } } },
    ]) {
      const { same, now } = grown(options);
      expect(same).toEqual(now);
      expect(same).not.toEqual(before);
    }
    const { same } = grown({});
    expect(same).toEqual(before);
  });

  test.each([
    [{ seeds: 2 }, /^earlier runs: arm scratch: got 2 seeds, expected at least the 3/],
    [{ arms: { scratch: {} } }, /^earlier runs: arm identity: got no such arm/],
    [{ arms: { scratch: { lr: 1 }, identity: {} } }, /^earlier runs: arm scratch: got {"lr":1}/],
    [{ pretrainings: { identity: { loss: 'l1' } } }, /^earlier runs: pretraining identity: /],
  ] as const)('but not by %j', async (options, message) => {
    expect(await refusal(() => grown(options as object))).toMatch(message);
  });

  test('and in nothing else', () => {
    const { same, now } = grown({ epochs: 7 });
    expect(same.epochs).not.toBe(now.epochs);
  });
});

describe('runs of a study at once', () => {
  const scratch = { trainEncoder: 'none', arms: { scratch: {} }, pretrainings: {} };
  const small = { size: '128x128', batch: 16, threads: 8, memory: 2e9, ...scratch };

  test('are one for two threads where there is memory for them', () => {
    expect(jobsFor({ ...small, threads: 16 }, 64e9)).toBe(8);
    expect(jobsFor({ ...small, threads: 3 }, 64e9)).toBe(1);
    expect(jobsFor({ ...small, threads: 1 }, 64e9)).toBe(1);
  });

  test('are fewer where there is not, but one at least', () => {
    expect(jobsFor({ ...small, threads: 16 }, 6e9)).toBe(4);
    expect(jobsFor({ ...small, size: '512x512' }, 16e9)).toBe(2);
    expect(jobsFor(small, 1e9)).toBe(1);
  });

  test('are fewer where one of them learns from plain images, too', () => {
    const arms = {
      scratch: {},
      consistency: { trainEncoder: 'all', consistency: 'teacher', plainBatch: 32 },
    };
    // 370 MB, and 1100 bytes for each pixel of the 48 images of a step.
    expect(memoryOfLargest({ ...small, arms } as typeof small)).toBe(370e6 + 1100 * 48 * 128 ** 2);
    expect(memoryOfLargest(small)).toBe(370e6 + 950 * 16 * 128 ** 2);
    expect(jobsFor({ ...small, threads: 16, arms } as typeof small, 6e9)).toBe(2);
  });

  test('are as many as asked for', () => {
    expect(resolveStudy({ ...given, jobs: 3 }, 1).jobs).toBe(3);
    expect(resolveStudy({ ...given, size: 32, threads: 1 }, 8).jobs).toBe(1);
  });
});
