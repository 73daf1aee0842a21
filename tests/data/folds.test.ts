import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DataFolder, Sample } from '../../src/data/folders/folder.node.ts';
import { parseFold } from '../../src/data/folders/folds.ts';
import { splitSamples } from '../../src/data/folders/split.ts';
import { dividedGroups } from '../../src/data/folders/whole-groups.ts';
import { resolveTrain } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';

/** Images in groups of these sizes; the last ones have no masks. */
function folderOf(sizes: readonly number[], bare = 0, lists: DataFolder['lists'] = {}): DataFolder {
  const samples = sizes.flatMap((size, group) =>
    Array.from({ length: size }, (_, i): Sample => {
      const stem = `g${String(group).padStart(3, '0')}_${i}`;
      return {
        stem,
        image: `${stem}.png`,
        mask: `${stem}-mask.png`,
        ...(size > 1 && { group: `g${group}` }),
      };
    }),
  );
  const plain = Array.from({ length: bare }, (_, i) => ({ stem: `plain${i}`, image: `plain${i}.png` }));
  return { root: 'data', samples: [...samples, ...plain], lists, warnings: [] };
}

const folds = (folder: DataFolder, of: number, seed = 0) =>
  Array.from({ length: of }, (_, i) =>
    splitSamples(folder, { seed, labels: 'all', validation: 'auto', fold: { number: i + 1, of } }),
  );

test('each image with a mask tests once, groups and duplicates are whole, and no plain image is of what tests', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 12, maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 2, max: 6 }), fc.nat(9), (sizes, of, seed) => {
      const folder = folderOf(sizes, 4);
      const masked = folder.samples.filter(({ mask }) => mask !== undefined);
      const [a, b] = [masked[0], masked[masked.length - 1]];
      const clusterOf = (sample: Sample) => (sample === a || sample === b ? 1 : undefined);
      const parts = Array.from({ length: of }, (_, i) =>
        splitSamples(folder, {
          seed,
          labels: 'all',
          validation: 'auto',
          fold: { number: i + 1, of },
          clusterOf,
        }),
      );
      const tested = parts.flatMap((part) => part.test.map(({ stem }) => stem));
      expect(tested.sort()).toEqual(masked.map(({ stem }) => stem).sort());
      const lengths = parts.map((part) => part.test.length);
      // The largest part that stays together has ten images at most.
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(10);
      for (const { train, validation, test, plain } of parts) {
        expect(dividedGroups([train, validation, test])).toEqual([]);
        expect(dividedGroups([plain, test])).toEqual([]);
        expect(train.length + validation.length + test.length).toBe(masked.length);
        expect([0, 2]).toContain(test.filter((sample) => sample === a || sample === b).length);
        expect(plain.filter(({ stem }) => stem.startsWith('plain'))).toHaveLength(4);
      }
    }),
    { numRuns: 150 },
  );
});

test('images alone make folds of one size, the same for the same seed and others for another', () => {
  const folder = folderOf(Array(23).fill(1));
  const parts = folds(folder, 5);
  expect(parts.map(({ test }) => test.length).sort()).toEqual([4, 4, 5, 5, 5]);
  expect(folds(folder, 5)).toEqual(parts);
  expect(folds(folder, 5, 1)[0].test).not.toEqual(parts[0].test);
});

test('what cannot be folded is refused', async () => {
  const lists = { test: ['g000_0'] };
  expect(await refusal(() => folds(folderOf(Array(9).fill(1), 0, lists), 3))).toMatch(
    /data: got folds beside test.txt, expected folds or lists/,
  );
  expect(await refusal(() => folds(folderOf([4, 4]), 3))).toMatch(
    /got 2 images .* groups of them, for 3 folds/,
  );
  for (const text of ['0/3', '4/3', '1/1', '2', 'a/b'])
    expect(await refusal(() => parseFold(text))).toMatch(/expected the number of a fold/);
  expect(resolveTrain({ data: 'x', fold: ' 2 / 5 ' }, 1).fold).toBe('2/5');
  expect(await refusal(() => resolveTrain({ data: 'x', fold: '6/5' }, 1))).toMatch(/fold: got "6\/5"/);
});
