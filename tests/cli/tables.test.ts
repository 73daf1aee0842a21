import { expect, test } from 'vitest';
import { alignedTable, studyTable, testTable } from '../../src/cli/tables.ts';

const same = (value: number) => ({ mean: value, median: value, p5: value, below_half: value < 0.5 ? 1 : 0 });
const overlap = (value: number) => ({
  dice: same(value),
  iou: same(value),
  precision: same(value),
  recall: same(value),
});
const error = (value: number) => ({ mean: value, median: value, p95: 2 * value });
const native = (value: number) => ({
  ...overlap(value),
  nsd: same(value),
  hd95: error(12),
  brier: error(0.1),
  ece: error(0.05),
});

test('a name is a cell of its own, whatever it holds', () => {
  const table = alignedTable([
    ['image', 'Dice'],
    ['\x1b[31mred\r\n', '0.5'],
  ]);
  expect(table).toBe('image              Dice\n\\x1b[31mred\\x0d\\n   0.5');
});

test('columns are aligned, the first to the left', () => {
  expect(
    alignedTable([
      ['', 'mean', 'n'],
      ['dice', '0.5', '12'],
      ['x', '10.25', '3'],
    ]),
  ).toBe(['       mean   n', 'dice    0.5  12', 'x     10.25   3'].join('\n'));
});

test('the table of a test names both sizes, and of each metric its bad tail', () => {
  const lines = testTable({ images: 2, native: native(0.75), network: overlap(0.25) }).split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/^ +mean +median +5th pct +95th pct +below 0\.5$/);
  expect(lines[1]).toMatch(/^Dice, native size +0\.7500 +0\.7500 +0\.7500 +- +0\.0 %$/);
  expect(lines[2]).toMatch(/^Dice, network size +0\.2500 +0\.2500 +0\.2500 +- +100\.0 %$/);
  expect(lines[9]).toMatch(/^NSD, native size +0\.7500 +0\.7500 +0\.7500 +- +0\.0 %$/);
  expect(lines[10]).toMatch(/^HD95 \(px\), native size +12\.00 +12\.00 +- +24\.00 +-$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('the summary of an older run, which knew overlap only, is shown as far as it goes', () => {
  const older = JSON.parse(JSON.stringify({ images: 2, native: overlap(0.75), network: overlap(0.25) }));
  expect(testTable(older).split('\n')).toHaveLength(9);
});

test('the table of a study has a column a seed, also for arms that did not finish it', () => {
  const finished = (seed: number, dice: number) => ({
    seed,
    draw: 0,
    lowest_val_loss: 0.5,
    best_val_dice: 0.5,
    best_epoch: 1,
    steps: 3,
    test: { images: 1, native: native(dice), network: overlap(dice) },
  });
  const scratch = { arm: 'scratch', labels: '88', dice: 0.6, net_dice: 0.6 };
  const denoise = { arm: 'denoise', labels: '88', dice: 0.8, net_dice: 0.8 };
  const table = studyTable([
    { ...scratch, seeds: [finished(0, 0.5), finished(1, 0.7)] },
    { ...denoise, seeds: [finished(0, 0.8)] },
  ]);
  expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['arm', 'Dice, native', 'Dice, network', 'seed 0', 'seed 1', 'lowest val loss'],
    ['scratch', '0.6000', '0.6000', '0.5000', '0.7000', '0.5000'],
    ['denoise', '0.8000', '0.8000', '0.8000', '-', '0.5000'],
  ]);
  const budgets = studyTable([
    { ...scratch, labels: '22', seeds: Array.from({ length: 6 }, (_, seed) => finished(seed, 0.5)) },
    { ...scratch, seeds: [finished(0, 0.5)] },
  ]);
  expect(budgets.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['arm', 'masks', 'Dice, native', 'Dice, network', 'seeds', 'lowest val loss'],
    ['scratch', '22', '0.6000', '0.6000', '6', '0.5000'],
    ['scratch', '88', '0.6000', '0.6000', '1', '0.5000'],
  ]);
});
