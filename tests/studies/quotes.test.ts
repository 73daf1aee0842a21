import { describe, expect, test } from 'vitest';
import { holdAgainst } from '../../scripts/studies/quotes.ts';

const names = {
  gain: -0.01331,
  p: 0.25,
  none: undefined,
  found: false,
  dice: (arm: string, masks = 88) => ({ scratch: 0.63829, identity: 0.625 })[arm]! + (masks - 88) / 1000,
};
const problemsOf = (text: string) => holdAgainst(text, names).problems;

test('numbers are held against what the comments behind them say, at the decimals that are written', () => {
  const text =
    'A gain of −1.3<!--= 100 * gain --> points (p = 0.25<!--= p -->, -0.0133<!--= gain -->), 0.64<!--= dice("scratch") -->.';
  expect(holdAgainst(text, names)).toEqual({ text, checked: 4, problems: [] });
});

describe('what does not hold is told by line, and corrected', () => {
  test.each([
    ['−1.2<!--= 100 * gain -->', '−1.2 should be −1.3: 100 * gain', '−1.3<!--= 100 * gain -->'],
    ['+1.3<!--= -100 * gain -->', undefined, '+1.3<!--= -100 * gain -->'],
    ['+1<!--= -100 * gain + 1 -->', '+1 should be +2: -100 * gain + 1', '+2<!--= -100 * gain + 1 -->'],
    ['-0.0<!--= gain -->', '-0.0 should be 0.0: gain', '0.0<!--= gain -->'],
    ['1.3<!--= 100 * gain -->', '1.3 should be −1.3: 100 * gain', '−1.3<!--= 100 * gain -->'],
    ['7 masks', '7 has no comment that says what it is', '7 masks'],
    ['7 <!--= !found -->', '7 has no comment that says what it is', '7 <!--= !found -->'],
    ['1<!--= none -->', '1 stands before none, which is null, not a number', '1<!--= none -->'],
    ['1<!--= lost.gain -->', 'lost.gain: lost is not defined', '1<!--= lost.gain -->'],
    ['words<!--= p < 0.05 -->', 'p < 0.05 is false, not true', 'words<!--= p < 0.05 -->'],
    ['words<!--= found -->', 'found is false, not true', 'words<!--= found -->'],
    ['words<!--= !found -->', undefined, 'words<!--= !found -->'],
  ])('%s', (text, problem, corrected) => {
    const held = holdAgainst(`first\n${text}`, names, 10);
    expect(held.problems).toEqual(problem === undefined ? [] : [`line 11: ${problem}`]);
    expect(held.text).toBe(`first\n${corrected}`);
  });
});

test('in a table the comments of a column stand in its header', () => {
  const table = [
    '| arm | Dice<!--= dice(row) --> | with all<!--= dice(row, 880) --> (p<!--= p -->) | remark |',
    '|---|---:|---|---|',
    '| `scratch` | 0.638 | 1.43 (0.25) | plain |',
    '| identity | 0.626 | 1.42 (0.25) | 3 seeds |',
    '| `scratch`: random | – | 1.43 | |',
    '| `scratch`: random | 0.638 | – | |',
  ].join('\n');
  const { text, problems, checked } = holdAgainst(table, names);
  expect(problems).toEqual([
    'line 4: 0.626 should be 0.625: dice(row)',
    'line 4: column 4 has 1 numbers, its header 0 comments',
    'line 5: column 3 has 1 numbers, its header 2 comments',
  ]);
  expect(checked).toBe(7);
  expect(text.split('\n')[3]).toBe('| identity | 0.625 | 1.42 (0.25) | 3 seeds |');
});

test('code, links, names and other comments hold no results', () => {
  expect(
    problemsOf(
      [
        '`--labels 88`, [Brempong et al. 2022, arXiv 2205.11423](https://arxiv.org/abs/2205.11423), MobileNetV2, kvasir-88,',
        'HD95 and x8 <!-- 12 of them -->',
        '```',
        'fewmask study --labels 88',
        '```',
      ].join('\n'),
    ),
  ).toEqual([]);
});
