import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { DataFolder, Sample } from '../../src/data/folders/folder.node.ts';
import { parseLabels } from '../../src/data/folders/labels.ts';
import { type SplitOptions, splitSamples } from '../../src/data/folders/split.ts';

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`);

function folderOf(
  masked: readonly string[],
  lists: DataFolder['lists'] = {},
  bare: readonly string[] = [],
): DataFolder {
  const samples: Sample[] = [
    ...masked.map((stem) => ({ stem, image: `${stem}.png`, mask: `${stem}-mask.png` })),
    ...bare.map((stem) => ({ stem, image: `${stem}.png` })),
  ];
  return { root: 'data', samples: samples.sort((a, b) => (a.stem < b.stem ? -1 : 1)), lists, warnings: [] };
}

function split(folder: DataFolder, options: Partial<SplitOptions> = {}) {
  const splits = splitSamples(folder, { seed: 1, labels: 'all', validation: true, ...options });
  const stems = (samples: readonly Sample[]) => samples.map((sample) => sample.stem);
  return {
    train: stems(splits.train),
    validation: stems(splits.validation),
    test: stems(splits.test),
    plain: stems(splits.plain),
    warnings: splits.warnings,
  };
}

/** Like the published split of Kvasir-SEG. */
const official = folderOf(names('k', 1000), {
  train: names('k', 1000).slice(120).reverse(),
  val: names('k', 120),
});

describe('validation where it says enough', () => {
  test.each([
    [2, 0],
    [22, 0],
    [79, 0],
    [80, 10],
    [88, 11],
  ])('of %i masks %i validate', (labels, validating) => {
    const found = split(official, { labels, validation: 'auto' });
    expect(found).toEqual(split(official, { labels, validation: validating > 0 }));
    expect(found.validation).toHaveLength(validating);
    expect(found.train).toHaveLength(labels - validating);
  });

  test('a validation list of a few images counts as too few', () => {
    const stems = names('s', 200);
    const listed = (count: number) =>
      folderOf(stems, { train: stems.slice(50), val: stems.slice(0, count), test: stems.slice(40, 50) });
    expect(split(listed(9), { validation: 'auto' }).validation).toEqual([]);
    expect(split(listed(10), { validation: 'auto' }).validation).toHaveLength(10);
  });
});

describe('which list is what', () => {
  test('val.txt alone is the test set', () => {
    expect(split(official).test).toEqual(names('k', 120));
  });

  test('with test.txt, val.txt validates', () => {
    const [a, b, c, d, e] = names('', 5);
    const folder = folderOf([a, b, c, d, e], { train: [c, a], val: [e, b], test: [d] });
    expect(split(folder)).toMatchObject({ train: [c, a], validation: [e, b], test: [d], plain: [c, a] });
  });

  test('without train.txt, all that is in no other list trains', () => {
    const [a, b, c, d] = names('', 4);
    const folder = folderOf([a, b, c, d], { val: [b], test: [d] });
    expect(split(folder, { validation: false })).toMatchObject({ train: [a, c], validation: [], test: [d] });
  });

  test('train.txt alone leaves the other masks for testing', () => {
    const [a, b, c, d] = names('', 4);
    const folder = folderOf([a, b, c], { train: [c] }, [d]);
    expect(split(folder, { validation: false })).toMatchObject({
      train: [c],
      test: [a, b],
      plain: [c, d],
    });
  });

  test('without lists 15 % test, the same for every seed', () => {
    const folder = folderOf(names('', 100), {}, names('x', 7));
    const first = split(folder, { seed: 1 });
    const second = split(folder, { seed: 2 });
    expect(first.test).toHaveLength(15);
    expect(second.test).toEqual(first.test);
    expect(second.train).not.toEqual(first.train);
    expect(first.train.length + first.validation.length).toBe(85);
    expect(first.plain).toHaveLength(first.train.length + 7);
    expect(split(folderOf(['a', 'b']), { validation: false }).test).toHaveLength(1);
  });

  test('listed images without masks are neither trained nor tested on, and said where they were to test', () => {
    const folder = folderOf(['a', 'b'], { train: ['x', 'b', 'a'], val: ['y'] }, ['x', 'y']);
    expect(split(folder, { validation: false })).toEqual({
      train: ['b', 'a'],
      validation: [],
      test: [],
      plain: ['x', 'b', 'a'],
      warnings: ['1 of 1 test images have no mask'],
    });
  });
});

describe('the budget of masks', () => {
  test('88 masks are 77 for training and 11 for validation', () => {
    const { train, validation, plain } = split(official, { labels: 88 });
    expect(train).toHaveLength(77);
    expect(validation).toHaveLength(11);
    expect(plain).toHaveLength(880 - 11);
  });

  test('88 masks are 10 % of 880', () => {
    expect(split(official, { labels: { fraction: 0.1 } })).toEqual(split(official, { labels: 88 }));
  });

  test('all labels without validation keep the order of train.txt', () => {
    expect(split(official, { validation: false }).train).toEqual(official.lists.train);
  });

  test('budgets nest, training apart from validation, and pretraining sees neither validation nor test', () => {
    const budget = fc.integer({ min: 3, max: 880 });
    fc.assert(
      fc.property(budget, budget, fc.nat(5), (a, b, seed) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((labels) =>
          split(official, { labels, seed }),
        );
        expect(large.train.slice(0, small.train.length)).toEqual(small.train);
        for (const { train, validation, test, plain } of [small, large]) {
          expect(new Set([...train, ...validation]).size).toBe(train.length + validation.length);
          const kept = new Set([...validation, ...test]);
          expect(plain.filter((stem) => kept.has(stem))).toEqual([]);
          expect(plain.length).toBe(1000 - kept.size);
        }
        expect(large.train.length + large.validation.length).toBe(Math.max(a, b));
      }),
      { numRuns: 40 },
    );
  });

  test('another seed draws other images', () => {
    expect(split(official, { labels: 88, seed: 2 }).train).not.toEqual(split(official, { labels: 88 }).train);
  });

  test("the folder's own validation list gives the validation share, and none of it is pretrained on", () => {
    const all = names('', 300);
    const lists = { train: all.slice(0, 200), val: all.slice(200, 250), test: all.slice(250) };
    const { train, validation, plain } = split(folderOf(all, lists), { labels: 88 });
    expect([train.length, validation.length]).toEqual([77, 11]);
    expect(train.every((stem) => lists.train.includes(stem))).toBe(true);
    expect(validation.every((stem) => lists.val.includes(stem))).toBe(true);
    expect(plain).toEqual(lists.train);
  });

  test('a stem for training and testing stays in both, but is not pretrained on', () => {
    const folder = folderOf(['a', 'b', 'c', 'd'], { train: ['a', 'b', 'c'], test: ['c', 'd'] });
    const { train, test: tested, plain } = split(folder, { validation: false });
    expect(train).toEqual(['a', 'b', 'c']);
    expect(tested).toEqual(['c', 'd']);
    expect(plain).toEqual(['a', 'b']);
  });

  test('a folder without masks has images to pretrain on', () => {
    const folder = folderOf([], {}, ['a', 'b']);
    const { train, test: tested, plain } = split(folder, { validation: false });
    expect([train, tested, plain]).toEqual([[], [], ['a', 'b']]);
  });

  test.each([
    [{ labels: 881 }, 'got 881 masks, expected at most the 880'],
    [{ labels: 2 }, 'at least 3'],
    [{ labels: 0 }, 'a whole number'],
    [{ labels: 2.5 }, 'a whole number'],
    [{ labels: { fraction: 1.5 } }, 'a fraction'],
  ])('refuses %j', (options, message) => {
    expect(() => split(official, options)).toThrow(UserError);
    expect(() => split(official, options)).toThrow(message);
  });
});

describe('duplicates', () => {
  const masked = names('m', 60);
  const bare = names('x', 20);
  const whole = folderOf(masked, {}, bare);
  /** Some images in groups, by their stems. */
  const grouped = (of: ReadonlyMap<string, number>) => (sample: Sample) => of.get(sample.stem);
  const inGroups = (sizes: readonly number[]) =>
    fc
      .tuple(fc.constant(sizes), fc.shuffledSubarray([...masked, ...bare], { minLength: 80 }))
      .map(([, order]) => {
        const of = new Map<string, number>();
        let at = 0;
        for (const [group, size] of sizes.entries()) {
          for (const stem of order.slice(at, at + size)) of.set(stem, group);
          at += size;
        }
        return of;
      });
  const groups = fc.array(fc.integer({ min: 2, max: 4 }), { maxLength: 15 }).chain(inGroups);
  const budgets = fc.integer({ min: 12, max: 40 });

  test('without lists, lie in one part, and pretraining sees none of what validates or tests', () => {
    fc.assert(
      fc.property(groups, budgets, fc.nat(20), (of, labels, seed) => {
        const { train, validation, test, plain } = split(whole, {
          labels,
          seed,
          clusterOf: grouped(of),
        });
        const groupsIn = (stems: readonly string[]) => new Set(stems.flatMap((stem) => of.get(stem) ?? []));
        const shared = (a: readonly string[], b: readonly string[]) => {
          const other = groupsIn(b);
          return [...groupsIn(a)].filter((group) => other.has(group));
        };
        expect(shared(train, validation)).toEqual([]);
        expect(shared([...train, ...plain], [...validation, ...test])).toEqual([]);
        expect(shared(validation, test)).toEqual([]);
        expect(train.length + validation.length).toBe(labels);
        expect(Math.abs(validation.length - Math.max(2, Math.floor(labels / 8)))).toBeLessThanOrEqual(3);
        expect(test.length).toBeLessThanOrEqual(9);
        expect(test.length).toBeGreaterThanOrEqual(6);
        const used = new Set([...validation, ...test].map((stem) => of.get(stem) ?? stem));
        expect(plain).toHaveLength(
          [...masked, ...bare].filter((stem) => !used.has(of.get(stem) ?? stem)).length,
        );
      }),
      { numRuns: 200 },
    );
  });

  test('budgets still nest, and the test set is the same for every seed', () => {
    fc.assert(
      fc.property(groups, budgets, budgets, (of, a, b) => {
        const clusterOf = grouped(of);
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((labels) =>
          split(whole, { labels, clusterOf }),
        );
        const common = Math.min(small.train.length, large.train.length);
        expect(large.train.slice(0, common)).toEqual(small.train.slice(0, common));
        expect(split(whole, { labels: a, clusterOf, seed: 7 }).test).toEqual(small.test);
      }),
      { numRuns: 50 },
    );
  });

  test('where there are none, nothing changes', () => {
    expect(split(whole, { labels: 20, clusterOf: () => undefined })).toEqual(split(whole, { labels: 20 }));
  });

  test('lists are followed, but pretraining still sees no duplicate of what validates or tests', () => {
    const lists = { train: masked.slice(10), test: masked.slice(0, 10) };
    const folder = folderOf(masked, lists, bare);
    const clusterOf = grouped(new Map([masked[0], masked[20], bare[0]].map((stem) => [stem, 1])));
    const { plain, ...parts } = split(folder, { labels: 20, clusterOf });
    const { plain: all, ...same } = split(folder, { labels: 20 });
    expect(parts).toEqual(same);
    expect(all.filter((stem) => !plain.includes(stem)).sort()).toEqual([masked[20], bare[0]]);
    expect(split(folder, { labels: 20, clusterOf, transductive: true }).plain).toHaveLength(80);
  });

  test('a folder of nothing but duplicates is split as if they were none', () => {
    const folder = folderOf(names('', 20));
    const { train, validation, test } = split(folder, { clusterOf: () => 1 });
    expect([train.length, validation.length, test.length]).toEqual([15, 2, 3]);
  });
});

describe('parseLabels', () => {
  test.each([
    ['88', 88],
    [' all ', 'all'],
    ['10%', { fraction: 0.1 }],
    ['12.5 %', { fraction: 0.125 }],
    ['100%', { fraction: 1 }],
  ])('%s', (text, labels) => {
    expect(parseLabels(text)).toEqual(labels);
  });

  test.each(['', '0', '0%', '101%', '2.5', '-3', 'some', '1e2'])('refuses "%s"', (text) => {
    expect(() => parseLabels(text)).toThrow(UserError);
  });
});

describe('several draws of as many masks', () => {
  const drawn = (draw: number, labels: number) => split(official, { labels, draw });

  test('differ, and nest in more masks each', () => {
    const [first, second] = [drawn(0, 88), drawn(1, 88)];
    const budget = ({ train, validation }: typeof first) => [...train, ...validation];
    expect(first).toEqual(split(official, { labels: 88 }));
    const shared = budget(first).filter((stem) => budget(second).includes(stem));
    // 88 of 880 drawn twice share 8.8 in the mean.
    expect(shared.length).toBeLessThan(30);
    for (const draw of [0, 1]) {
      expect(budget(drawn(draw, 220)).slice(0, 88)).toEqual(budget(drawn(draw, 88)));
    }
    expect(second.test).toEqual(first.test);
  });
});
