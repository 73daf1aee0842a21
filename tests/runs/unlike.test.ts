import { describe, expect, test } from 'vitest';
import { type ImageLook, knownLooks, lookOf } from '../../src/data/loading/look.ts';
import { unlikeTexts } from '../../src/runs/unlike.ts';

const size = { height: 128, width: 128 };
const look = (change: Partial<ImageLook> = {}): ImageLook => ({
  ...{ area: 500 * 600, brightness: 100, contrast: 230 },
  ...change,
});
const looks = knownLooks([look(), look({ brightness: 60 }), look({ area: 1000 * 1200, brightness: 140 })]);
const told = (change: Partial<ImageLook>, known: typeof looks | undefined = looks) =>
  unlikeTexts([{ name: 'a.png', look: look(change) }], { looks: known, size });

describe('an image is unlike those of the training', () => {
  test.each<[string, Partial<ImageLook>, RegExp]>([
    [
      'of 12 bits in 16',
      { brightness: 6, contrast: 15 },
      /^1 image unlike .*range that is hardly used.*--intensity.*\(a\.png: 16 of 256 levels\)$/,
    ],
    ['too dark', { brightness: 29 }, /far darker than any .*\(a\.png: mean 29 of 255, those from 60\)$/],
    ['too bright', { brightness: 198 }, /far brighter than any .*\(a\.png: mean 198 of 255, those to 140\)$/],
    ['too large', { area: 3300 * 4000 }, /far larger than any .*scale \(a\.png: 3\.3 times the length\)$/],
    ['too small', { area: 150 * 180 }, /far smaller than any .*\(a\.png: a 3\.3th of the length\)$/],
  ])('%s', (_, change, text) => {
    expect(told(change)).toEqual([expect.stringMatching(text)]);
  });

  test('images that are a little darker, brighter, larger or smaller are not told of', () => {
    const little = [
      { brightness: 31 },
      { brightness: 196 },
      { area: 2900 * 3500 },
      { area: 200 * 240 },
      { contrast: 30 },
    ];
    expect(little.flatMap((change) => told(change))).toEqual([]);
  });

  test('a network that has learned from narrow ranges knows them', () => {
    const narrow = knownLooks([look({ brightness: 6, contrast: 15 })]);
    expect(told({ brightness: 5, contrast: 12 }, narrow)).toEqual([]);
  });

  test('the size is of no importance where images are seen at their own scale', () => {
    const huge = [{ name: 'a', look: look({ area: 9000 * 9000 }) }];
    expect(unlikeTexts(huge, { looks })).toEqual([]);
  });

  test('each way is told once, with how many and the first', () => {
    const images = ['a', 'b', 'c'].map((name, i) => ({
      name,
      look: look({ brightness: i === 2 ? 230 : 3 }),
    }));
    expect(unlikeTexts(images, { looks, size })).toEqual([
      expect.stringMatching(/^2 images unlike .*darker.* \(a: mean 3 of 255, those from 60, \.\.\)$/),
      expect.stringMatching(/^1 image unlike .*brighter.* \(c: /),
    ]);
  });

  test('without a record of those of the training: by the range, and by the size at which it sees them', () => {
    const bare = (change: Partial<ImageLook>) => unlikeTexts([{ name: 'a', look: look(change) }], { size });
    expect(bare({ area: 1400 * 1400 })).toEqual([expect.stringMatching(/far larger.*10\.9 times/)]);
    expect(bare({ contrast: 15 })).toEqual([expect.stringMatching(/hardly used/)]);
    expect(bare({ brightness: 3, area: 1200 * 1200 })).toEqual([]);
  });
});

test('what an image is like', () => {
  // A border on both sides does not count.
  const data = Uint8Array.of(127, 127, 127, 10, 20, 30, 40, 50, 60, 127, 127, 127);
  const place = { top: 0, left: 1, height: 1, width: 2 };
  expect(lookOf({ width: 4, height: 1, channels: 3, data }, { height: 7, width: 9 }, place)).toEqual({
    ...{ area: 63, brightness: 35, contrast: 50 },
  });
});

test('what is known of very many images is found', () => {
  const many = Array.from({ length: 200_000 }, (_, i) => look({ brightness: i / 1000 }));
  expect(knownLooks(many).brightness).toEqual({ low: 0, high: 199.999 });
});
