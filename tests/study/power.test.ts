import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { powerText } from '../../src/cli/power-text.ts';
import type { Sample } from '../../src/data/folders/folder.node.ts';
import { compareResults } from '../../src/study/analysis/compare-results.node.ts';
import { resolveStudy } from '../../src/study/resolve.node.ts';
import { earlierVariance, USUAL } from '../../src/study/run/earlier.node.ts';
import { plannedPower } from '../../src/study/run/power.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const test120 = Array.from(
  { length: 120 },
  (_, i): Sample => ({ stem: `${i}`, image: `${i}.png` }) as Sample,
);
const study = (seeds: number, more = {}) =>
  resolveStudy({ data: 'anywhere', labels: '22,88', arms: 'scratch,identity', seeds, ...more }, 2);

/** Two arms over seeds, draws and images. */
const csv = (seeds: number, draws: number) =>
  [
    'arm,seed,draw,image,dice,labels',
    ...['scratch', 'identity'].flatMap((arm, a) =>
      Array.from({ length: seeds * draws * 5 }, (_, k) => {
        const [seed, draw, image] = [Math.floor(k / draws / 5), Math.floor(k / 5) % draws, k % 5];
        const value = 0.5 + a * 0.1 * Math.sin(seed + 1) + 0.02 * Math.cos(k * (1 + a) + draw) * (image + 1);
        return `${arm},${seed},${draw},${image},${value.toFixed(4)},88`;
      }),
    ),
  ].join('\n');

describe('what a study could show', () => {
  test('is told with the usual variance and its origin', async () => {
    const power = (await plannedPower(study(8), { test: test120 }, { difference: 0.03 }))!;
    expect(power).toMatchObject({ metric: 'dice', labels: '88', seeds: 8, images: 120, least_seeds: 6 });
    expect(power.smallest).toBeGreaterThan(0.03);
    expect(power.asked!.seeds).toBeGreaterThan(8);
    expect(powerText(power).join('\n')).toMatch(
      /with 8 seeds and 120 test images, a true difference in dice with 88 masks of 0\.0\d\d is found in 80 of 100.*\na difference of 0\.03 takes \d+ seeds\nvariance: as in studies\/kvasir-88/,
    );
  });

  test('with few seeds is nothing, and says how many it takes', async () => {
    const power = (await plannedPower(study(3), { test: test120 }, {}))!;
    expect(powerText(power).join('\n')).toMatch(/with 3 seeds nothing can be claimed.* that takes 6 seeds/);
  });

  test('of one arm is not told', async () => {
    const alone = study(6, { arms: 'scratch' });
    expect(await plannedPower(alone, { test: test120 }, {})).toBeUndefined();
  });
});

describe('the variance of an earlier study', () => {
  const wanted = { baseline: 'scratch', metric: 'dice', labels: '88' };

  test('is that which compare tells of it', async () => {
    const file = join(root, 'study.csv');
    await writeFile(file, csv(4, 2));
    const [{ parts }] = await compareResults({ file, baseline: 'scratch' });
    expect(parts).toHaveProperty('draws');
    const found = await earlierVariance(root, wanted);
    expect(found.parts).toEqual(parts);
    expect(found.origin).toBe(`as in ${root}: 1 arm against scratch, dice, 88 masks`);
    expect(await earlierVariance(file, wanted)).toMatchObject({ parts });
  });

  test('cannot be that of one seed', async () => {
    const file = join(root, 'single.csv');
    await writeFile(file, csv(1, 1));
    expect(await refusal(earlierVariance(file, wanted))).toMatch(/no two share two seeds and two images/);
  });

  test('that is taken without one is that of docs/studies/kvasir-88', async () => {
    const kept = 'docs/studies/kvasir-88';
    expect(existsSync(kept)).toBe(true);
    const { parts } = await earlierVariance(kept, wanted);
    for (const name of ['seeds', 'images', 'rest'] as const)
      expect(USUAL.parts[name].variance / parts[name].variance).toBeCloseTo(1, 1);
  });
});
