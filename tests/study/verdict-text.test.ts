import { describe, expect, test } from 'vitest';
import type { PrimaryContrast, StudyFindings } from '../../src/records/study-findings.ts';
import type { RunKey, StudyTables } from '../../src/records/study-tables.ts';
import { analyseStudy } from '../../src/study/analysis/analysis.ts';
import { claimsOf } from '../../src/study/analysis/claims.ts';
import { studyInShort, studyVerdict } from '../../src/study/analysis/verdict-text.ts';
import { type Design, type Outcome, plantedTables, unvalidated } from './planted.ts';

const found = (tables: StudyTables, primary?: PrimaryContrast): StudyFindings => {
  const analysis = analyseStudy(tables, { baseline: 'scratch', primary });
  return { ...analysis, claims: claimsOf(analysis) };
};

/** Lines by what they are of; the first, which is of the whole, by an empty name. */
const told = (design: Design, outcomeOf: (run: RunKey) => Outcome, primary?: PrimaryContrast) =>
  Object.fromEntries(
    studyVerdict(found(plantedTables(design, outcomeOf), primary)).map(({ title = '', text }) => [
      title,
      text,
    ]),
  );

/** Seeds differ, arms by what they gain, and by a little that the seed decides. */
const gaining =
  (gains: Readonly<Record<string, number>>) =>
  ({ arm, seed }: RunKey) => {
    const own = arm === 'scratch' ? 0 : 0.001 * (seed % 3);
    const dice = 0.6 + 0.01 * seed + gains[arm] + own;
    return {
      dice,
      loss: (epoch: number) => 1 / epoch - gains[arm] - own,
      valDice: (epoch: number) => dice - 0.2 / epoch,
    };
  };

describe('with enough seeds', () => {
  const arms = ['scratch', 'better', 'same', 'worse'];
  const lines = told({ arms, seeds: 10 }, ({ arm, seed, ...key }) =>
    gaining({ scratch: 0, better: 0.05, same: seed % 2 === 0 ? 0.01 : -0.01, worse: -0.05 })({
      arm,
      seed,
      ...key,
    }),
  );

  test('each claim is told with its word and its numbers', () => {
    expect(lines['']).toBe(
      'No primary contrast was named before the study, so its comparisons are exploratory.',
    );
    expect(lines['Higher test Dice than scratch']).toMatch(
      /^supported for better \(\+0\.051, 95 % \+0\.05\d to \+0\.05\d, adjusted p = 0\.006\); contradicted for worse \(−0\.049, .*\); no difference found for same\.$/,
    );
    expect(lines['Lower validation loss than scratch']).toMatch(
      /^supported for better \(−0\.0509, .*\); contradicted for worse \(\+0\.0491, .*\); no difference/,
    );
  });
});

test('a primary contrast comes first, and goes by its own p', () => {
  const arms = ['scratch', ...Array.from({ length: 8 }, (_, i) => `arm ${i}`)];
  const gains = Object.fromEntries(arms.map((arm, i) => [arm, i === 0 ? 0 : 0.05]));
  const primary = { arm: 'arm 3', metric: 'dice', labels: '88' };
  const lines = told({ arms, seeds: 6 }, gaining(gains), primary);
  expect(lines['']).toMatch(
    /^The primary contrast, named before the study\. With 88 masks, the claim that arm 3 .* is supported\. .* p = 0\.031/,
  );
  // Six seeds cannot tell eight arms apart; seven of them stand in one family.
  expect(lines['Higher test Dice than scratch']).toMatch(
    /^supported for arm 3 \(.*\)\. The other 7 comparisons: cannot be claimed from 6 seeds \(p cannot be below 0\.219; a claim needs 9 seeds\) in all\.$/,
  );
  const short = studyInShort(found(plantedTables({ arms, seeds: 6 }, gaining(gains)), primary));
  expect(short).toEqual([
    lines[''],
    `Higher test Dice than scratch: ${lines['Higher test Dice than scratch']}`,
  ]);
});

test('several budgets of masks are told apart', () => {
  const lines = told({ arms: ['scratch', 'a'], labels: ['22', '10%'], seeds: 8 }, ({ labels, ...run }) =>
    gaining({ scratch: 0, a: labels === '22' ? 0.05 : -0.05 })({ labels, ...run }),
  );
  expect(lines['Higher test Dice than scratch']).toMatch(
    /^supported with 22 masks for a \(.*\); contradicted with 88 masks \(10%\) for a \(.*\)\.$/,
  );
});

test('a level that no run reaches is told from too few seeds', () => {
  const tables = plantedTables({ arms: ['scratch', 'a'], seeds: 8 }, gaining({ scratch: 0, a: 0.05 }));
  const analysis = analyseStudy(tables, { baseline: 'scratch', level: 0.99 });
  const lines = studyVerdict({ ...analysis, claims: claimsOf(analysis) });
  const epochs = lines.find(({ title }) => title === 'Fewer epochs than scratch')!.text;
  expect(epochs).toMatch(/^cannot be claimed, as no run came that far, for a \(.*\)\.$/);
});

test('what cannot be compared is said in a sentence', () => {
  const verdict = (tables: StudyTables) => studyVerdict(found(tables)).map(({ text }) => text);
  expect(verdict({ images: [], runs: [], epochs: [] })[0]).toContain('there is nothing to compare');
  expect(verdict(plantedTables({ arms: ['scratch'], seeds: 3 }, () => ({})))).toEqual([
    'Only scratch has results, so there is nothing to compare it with.',
  ]);
  expect(verdict(plantedTables({ arms: ['a', 'b'], seeds: 3 }, () => ({})))).toEqual([
    'The study has no results for scratch, with which the other arms are compared.',
  ]);
});

test('without validation what needs it is said to be unknown, without numbers', () => {
  const tables = plantedTables(
    { arms: ['scratch', 'better'], seeds: 10 },
    gaining({ scratch: 0, better: 0.05 }),
  );
  const lines = studyVerdict(found(unvalidated(tables, () => true)));
  const text = Object.fromEntries(lines.map((line) => [line.title, line.text]));
  expect(text['Lower validation loss than scratch']).toBe(
    'cannot be claimed, as no image validates, for better.',
  );
  expect(text['Higher test Dice than scratch']).toMatch(/^supported for better/);
});
