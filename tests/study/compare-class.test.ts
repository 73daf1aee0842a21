import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareText } from '../../src/cli/compare-text.ts';
import { compareResults } from '../../src/study/analysis/compare-results.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** A results file of two arms, two seeds and so many images; @param cell what stands in a column, and the group */
async function results(
  name: string,
  column: string,
  cell: (arm: string, seed: number, image: number) => string,
  { images = 4, group }: { readonly images?: number; readonly group?: string } = {},
): Promise<string> {
  const file = join(root, name);
  const rows = ['base', 'other'].flatMap((arm) =>
    [0, 1].flatMap((seed) =>
      Array.from({ length: images }, (_, image) =>
        [arm, seed, `i${image}`, ...(group === undefined ? [] : [group]), cell(arm, seed, image)].join(),
      ),
    ),
  );
  const header = ['arm', 'seed', 'image', ...(group === undefined ? [] : ['group']), column].join();
  await writeFile(file, `${[header, ...rows].join('\n')}\n`);
  return file;
}

const score = (arm: string, seed: number, image: number) =>
  String(0.5 + 0.01 * image + 0.02 * seed + (arm === 'other' ? 0.1 + 0.001 * image : 0));

test('images with nothing of a class in some run are left out in all runs, and counted', async () => {
  const file = await results('class.csv', 'dice:polyp', (arm, seed, image) =>
    image === 3 && arm === 'other' && seed === 1 ? '' : score(arm, seed, image),
  );
  const found = await compareResults({ file, baseline: 'base', metric: 'dice:polyp' });
  expect(found).toMatchObject([{ images: 3, leftOut: 1 }]);
  expect(found[0].difference).toBeCloseTo(0.101, 12);
  expect(compareText(found)).toContain('1 image with nothing of the class in some run is left out');
});

test('other scores have to be there', async () => {
  for (const [column, text] of [
    ['dice', ''],
    ['dice:polyp', 'none'],
  ]) {
    const file = await results('missing.csv', column, (...at) => (at[2] === 3 ? text : score(...at)));
    expect(await refusal(compareResults({ file, baseline: 'base', metric: column }))).toMatch(
      /image i3: got/,
    );
  }
});

test('of images of one group an interval says nothing about others', async () => {
  const file = await results('group.csv', 'dice', score, { group: 'P1' });
  const told = compareText(await compareResults({ file, baseline: 'base' }));
  expect(told).toContain('1 group of them');
  expect(told).not.toContain('over groups of images');
});
