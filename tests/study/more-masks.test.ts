import { describe, expect, test } from 'vitest';
import type { ImageRow } from '../../src/records/study-tables.ts';
import { moreMasks } from '../../src/study/analysis/more-masks.ts';
import { plantedTables } from './planted.ts';

const LABELS = ['11', '22', '44', '88'];
const budgets = (labels: readonly string[]) => labels.map((each) => ({ labels: each, masks: Number(each) }));

/** Dice follows 0.85 - 0.8 n^-0.5, but for what is given; seeds differ a little. */
const rowsOf = (labels: readonly string[], seeds = 3, diceOf?: (masks: number) => number | undefined) =>
  plantedTables({ arms: ['scratch'], labels, seeds, draws: 2 }, (run) => {
    const masks = Number(run.labels);
    const dice = diceOf?.(masks) ?? 0.85 - 0.8 * masks ** -0.5;
    return { dice: dice + 0.004 * Math.cos(7 * run.seed + masks) };
  }).images;

const told = (rows: readonly ImageRow[], labels = LABELS, more = 20) =>
  moreMasks(rows, budgets(labels), ['scratch'], more)[0];

describe('what more masks would buy', () => {
  test('is told with its interval and its check', () => {
    const { sentence, curve } = told(rowsOf(LABELS));
    expect(sentence).toMatch(
      /^scratch: 20 masks more than 88: \+\d\.\d points of Dice \(95 % interval [\d.]+ to [\d.]+\)\. Checked: from 11, 22 and 44 masks it expects [\d.]+ to [\d.]+ with 88, and 0\.76\d was seen\.$/,
    );
    const truth = 0.8 * (88 ** -0.5 - 108 ** -0.5);
    expect(curve!.gain.ci95[0]).toBeLessThan(truth);
    expect(curve!.gain.ci95[1]).toBeGreaterThan(truth);
    expect(curve).toMatchObject({ seeds: 3, images: 4, held_out: { masks: 88, held: true } });
    expect(curve!.points.map(({ masks }) => Math.round(masks))).toEqual([
      11, 16, 22, 31, 44, 62, 88, 124, 176,
    ]);
  });

  test('is not to be relied on where the largest budget is not as the law has it', () => {
    const { sentence } = told(rowsOf(LABELS, 4, (masks) => (masks === 88 ? 0.4 : undefined)));
    expect(sentence).toMatch(
      /Do not rely on it: .* but 0\.40\d was seen, so the law .* does not hold here\.$/,
    );
  });

  test('of three budgets is not checked', () => {
    const three = LABELS.slice(1);
    expect(told(rowsOf(three), three).sentence).toMatch(/not checked: that takes 4 budgets of masks\.$/);
  });

  test.each([
    [['22', '88'], 3, 20, '2 budgets of masks; a learning curve needs 3, and 4 to be checked'],
    [LABELS, 1, 20, '1 seed; an interval needs 2'],
    [LABELS, 3, 89, 'no curve is drawn beyond twice the largest budget'],
  ] as const)('cannot be said of %j with %i seeds and %i more', (labels, seeds, more, why) => {
    const { sentence, curve } = told(rowsOf(labels, seeds), [...labels], more);
    expect(curve).toBeUndefined();
    expect(sentence).toMatch(/would buy cannot be said/);
    expect(sentence).toContain(why);
  });

  test('counts groups in place of images', () => {
    const grouped = rowsOf(LABELS).map((row) => ({ ...row, group: Number(row.image) < 2 ? 'a' : 'b' }));
    expect(told(grouped).curve).toMatchObject({ images: 4, groups: 2 });
    const alone = grouped.map((row) => ({ ...row, group: 'a' }));
    expect(told(alone).sentence).toContain('one test group of images');
  });
});
