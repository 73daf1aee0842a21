import { describe, expect, test } from 'vitest';
import { parseSize } from '../../src/core/size.ts';
import { parseBytes, parseChannels } from '../../src/settings/amounts.ts';
import { pretextOf } from '../../src/settings/meaning.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { resolveTrain } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';

const given = { data: 'd', encoder: 'random' };
const mutable = <T extends { readonly decoderChannels: readonly number[] }>(config: T) => ({
  ...config,
  decoderChannels: [...config.decoderChannels],
});

describe('sizes, channels and bytes', () => {
  test.each([
    [128, 128, 128],
    ['64', 64, 64],
    ['96x128', 96, 128],
    [' 32x64 ', 32, 64],
  ])('size %j', (size, height, width) => {
    expect(parseSize(size)).toEqual({ height, width });
  });

  test.each(['x', '64x', 'x64', '64X32', '-64', '6.5', '64x32x3', '1e2'])('size %j is none', async (size) => {
    expect(await refusal(() => parseSize(size))).toMatch(/^size: got .*expected N or HxW/);
  });

  test.each([
    ['32,16,8', [32, 16, 8]],
    ['32, 16', [32, 16]],
    [
      [4, 2],
      [4, 2],
    ],
  ])('channels %j', (channels, numbers) => {
    expect(parseChannels(channels)).toEqual(numbers);
  });

  test.each(['8,,8', '8,0', '8,-1', '8,1.5', '8;8', 'a'])('channels %j are none', async (channels) => {
    expect(await refusal(() => parseChannels(channels))).toMatch(/^decoderChannels: got .*expected counts/);
  });

  test.each([
    [1000, 1000],
    ['500MB', 500e6],
    ['2GiB', 2 ** 31],
    ['1.5 kib', 1536],
    ['7', 7],
  ])('memory %j', (amount, bytes) => {
    expect(parseBytes(amount)).toBe(bytes);
  });

  test.each([
    'GB',
    '2 GBit',
    '-1',
    '1e9',
    '2,5GB',
    '1TB',
    '1toString',
  ])('memory %j is none', async (amount) => {
    expect(await refusal(() => parseBytes(amount))).toMatch(/^memory: got .*expected an amount/);
  });
});

describe('settings', () => {
  test('what is left out is resolved, so that nothing is left to be guessed', () => {
    expect(resolveTrain({ ...given, labels: 88, size: 64 }, 6)).toMatchObject({
      size: '64x64',
      decoderChannels: [256, 128, 64, 32, 16],
      threads: 6,
      labels: '88',
      memory: 2 ** 31,
      validation: true,
    });
  });

  test.each([
    [undefined, 'all'],
    ['4, 2', '2,4'],
    [3, '3'],
    ['drop:.5', 'drop:0.5'],
  ])('skips %j are written as %s', (skips, written) => {
    expect(resolveTrain({ ...given, skips }, 1).skips).toBe(written);
  });

  test('a resolved configuration resolves to itself', () => {
    const settings = { ...given, labels: '10%', size: '32x64', memory: '1MB' };
    const training = resolveTrain(settings, 3);
    expect(resolveTrain(mutable(training), 8)).toEqual(training);
    const pretraining = resolvePretrain(settings, 3);
    expect(resolvePretrain(mutable(pretraining), 8)).toEqual(pretraining);
  });

  test('an unknown key is named with the nearest', async () => {
    expect(await refusal(() => parseSettings(trainSchema, { ...given, epoch: 3 }))).toMatch(
      /unknown key epoch.*did you mean epochs\?/,
    );
    expect(await refusal(() => parseSettings(trainSchema, { ...given, arms: 'scratch' }))).toMatch(
      /unknown key arms/,
    );
  });

  test.each([
    ['batch', 0, /^batch: got 0, expected .*>= ?1/],
    ['batch', 1.5, /^batch: got 1.5, expected int/],
    ['lr', -1, /^lr: got -1, expected .*> ?0/],
    ['lr', Number.NaN, /^lr: got NaN, expected number/],
    ['lr', 'fast', /^lr: got "fast", expected number/],
    ['momentum', 1, /^momentum: got 1, expected .*< ?1/],
    ['decoder', 'unett', /^decoder: got "unett", expected/],
    ['threads', 'many', /^threads: got "many", expected .*auto/],
    ['threads', 0, /^threads: got 0, expected .*>= ?1/],
    ['memory', 0, /^memory: got 0, expected .*> ?0/],
    ['labels', 0, /^labels: got 0, expected .*>= ?1/],
    ['size', 0, /^size: got 0, expected .*>= ?1/],
    ['decoderChannels', [8, 0], /^decoderChannels.*: got .*0.*, expected/],
    ['data', undefined, /^data: got nothing, expected folder with images/],
    ['data', '', /^data: got "", expected/],
    ['augment', 'no', /^augment: got "no", expected one of .*flips/],
    ['brightness', 1.5, /^brightness: got 1.5, expected .*<= ?1/],
    ['hue', 0.6, /^hue: got 0.6, expected .*<= ?0.5/],
    ['saturation', -0.1, /^saturation: got -0.1, expected .*>= ?0/],
  ])('%s: %j is refused with what is expected', async (key, value, message) => {
    const said = await refusal(() => parseSettings(trainSchema, { ...given, [key]: value }));
    expect(said).toMatch(message);
    expect(said).not.toMatch(/expected (Too|Invalid)|received/);
  });

  test.each([
    [{ size: 100 }, /^size: got 100x100, expected multiples of 32; take 96x96/],
    [{ size: '64x1' }, /take 64x32/],
    [{ decoderChannels: '1,2' }, /^decoderChannels: got 1,2, expected 5 counts/],
    [{ labels: '150%' }, /^labels: got "150%", expected a count, a percentage/],
    [{ labels: 'x' }, /^labels: got "x"/],
    [{ labels: 2.5 }, /^labels: got 2.5/],
    [{ loss: 'focall' }, /^loss: got "focall", expected bce, .*did you mean focal\?/],
    [{ memory: '2 Gigs' }, /^memory: got 2 Gigs/],
    [{ skips: '1,5' }, /^skips: got "1,5", expected all, none, levels of 1,2,3,4/],
    [{ skips: 'drop:1' }, /^skips: got "drop:1", expected a probability/],
    [{ newSkips: 'zero' as const }, /^newSkips: got zero without --pretrained/],
    [{ transfer: 'matched' }, /^transfer: got matched without --pretrained/],
    [{ transfer: 'all', pretrained: 'p' }, /^transfer: got "all"/],
    [{ init: 'a', pretrained: 'b' }, /got both --init and --pretrained/],
  ])('training with %j is refused', async (settings, message) => {
    expect(await refusal(() => resolveTrain({ ...given, ...settings }, 1))).toMatch(message);
  });

  test('the noise of a pretext is as wide as it is told to be, from a pixel on', async () => {
    const noise = (options: object) =>
      pretextOf(resolvePretrain({ ...given, pretext: 'denoise', ...options }, 1));
    expect(noise({ sigma: 0.2, maskPatch: 5, correlation: 8 })).toEqual({
      kind: 'denoise',
      sigma: 0.2,
      correlation: 8,
      target: 'image',
    });
    expect(noise({})).toMatchObject({ sigma: 0.44, correlation: 1, target: 'image' });
    expect(noise({ denoiseTarget: 'noise' })).toMatchObject({ sigma: 0.44, target: 'noise' });
    expect(await refusal(() => noise({ correlation: 0.5 }))).toMatch(
      /^correlation: got 0.5, expected .*>= ?1/,
    );
  });

  test('a loss is written in one way', async () => {
    expect(resolveTrain({ ...given, loss: 'focal + .5*dice' }, 1).loss).toBe('focal+0.5*dice');
    expect(resolveTrain(given, 1).loss).toBe('bce+dice');
    expect(resolvePretrain({ ...given, loss: '1*l1+ssim' }, 1).loss).toBe('l1+ssim');
    expect(await refusal(() => resolvePretrain({ ...given, loss: 'bce' }, 1))).toMatch(
      /^loss: got "bce", expected mse, l1, ssim, or a sum/,
    );
  });

  test('structural similarity is one of images', async () => {
    const options = { ...given, pretext: 'denoise', loss: 'l1+ssim' } as const;
    expect(resolvePretrain(options, 1).loss).toBe('l1+ssim');
    expect(await refusal(() => resolvePretrain({ ...options, denoiseTarget: 'noise' }, 1))).toMatch(
      /^loss: got l1\+ssim with --denoise-target noise/,
    );
    expect(resolvePretrain({ ...options, pretext: 'mask', denoiseTarget: 'noise' }, 1).loss).toBe('l1+ssim');
  });

  test('a mixture of tasks is written in one way, and each of its tasks has its settings', async () => {
    const mixed = (pretext: string, options: object = {}) =>
      resolvePretrain({ ...given, ...options, pretext }, 1);
    const config = mixed(' denoise:2, mask,superres:.5', { sigma: 0.3, maskPatch: 8 });
    expect(config.pretext).toBe('denoise:2,mask:1,superres:0.5');
    expect(resolvePretrain(mutable(config), 1)).toEqual(config);
    expect(pretextOf(config)).toMatchObject({
      kind: 'mixture',
      parts: [
        { share: 2, task: { kind: 'denoise', sigma: 0.3, target: 'image' } },
        { share: 1, task: { kind: 'mask', patch: 8 } },
        { share: 0.5, task: { kind: 'superres', factor: 4 } },
      ],
    });
    expect(mixed('mask:3').pretext).toBe('mask');
    expect(pretextOf(mixed('mask:3'))).toMatchObject({ kind: 'mask', patch: 16 });
    for (const wrong of [
      'denoise:0,mask',
      'denoise:-1,mask',
      'denoise,',
      'mask:1:2',
      'mask,mask',
      'mask:many',
    ]) {
      expect(await refusal(() => mixed(wrong))).toMatch(
        /^pretext: got ".*", expected one of identity, denoise/,
      );
    }
    expect(await refusal(() => mixed('denose:2,mask'))).toMatch(/^pretext: .*did you mean denoise\?/);
    expect(await refusal(() => mixed('mask,superres', { factor: 3 }))).toMatch(/^factor: got 3/);
    expect(await refusal(() => mixed('denoise,mask', { denoiseTarget: 'noise' }))).toMatch(
      /^denoiseTarget: got noise in a mixture/,
    );
  });

  test('a masked image has patches that fit', async () => {
    const masked = (options: object) =>
      pretextOf(resolvePretrain({ ...given, pretext: 'mask', ...options }, 1));
    expect(masked({})).toEqual({ kind: 'mask', patch: 16, ratio: 0.6, fill: 'mean', loss: 'masked' });
    expect(masked({ maskPatch: 8, maskRatio: 0.75, maskFill: 'noise', maskLoss: 'all' })).toEqual({
      kind: 'mask',
      patch: 8,
      ratio: 0.75,
      fill: 'noise',
      loss: 'all',
    });
    expect(await refusal(() => masked({ maskPatch: 24 }))).toMatch(
      /^maskPatch: got 24 for images of 128x128/,
    );
    expect(await refusal(() => masked({ maskRatio: 1 }))).toMatch(/^maskRatio: got 1, expected .*< ?1/);
  });

  test('a reduced image has a size', async () => {
    const reduced = (options: object) =>
      pretextOf(resolvePretrain({ ...given, pretext: 'superres', ...options }, 1));
    expect(reduced({ maskPatch: 5 })).toEqual({ kind: 'superres', factor: 4 });
    expect(await refusal(() => reduced({ factor: 3 }))).toMatch(/^factor: got 3 for images of 128x128/);
    expect(await refusal(() => reduced({ factor: 1 }))).toMatch(/^factor: got 1, expected .*>= ?2/);
  });

  test('pretraining needs images', async () => {
    expect(await refusal(() => resolvePretrain({ encoder: 'random' }, 1))).toMatch(
      /neither --data nor --plain/,
    );
  });

  test('one budget of masks trains, several may leave images to pretraining', async () => {
    expect(await refusal(() => resolveTrain({ ...given, labels: '22,88' }, 1))).toMatch(
      /^labels: got "22,88"/,
    );
    expect(resolvePretrain({ ...given, labels: '22 x3, 88' }, 1).labels).toBe('22x3,88');
  });
});
