import { describe, expect, test } from 'vitest';
import { holdAgainst, type Quoted } from '../../scripts/studies/quotes.ts';

const scores = { scratch: 0.63829, identity: 0.625 };
type Scores = Readonly<Record<string, number>>;
const quoted: Quoted<Scores> = {
  gain: () => -1.331,
  'small-gain': () => -0.01331,
  loss: () => 1.331,
  more: () => 2.331,
  p: () => 0.25,
  none: () => undefined,
  found: () => false,
  'not-found': () => true,
  scratch: ({ scratch }) => scratch,
  'row-dice': (arms, row) => arms[row],
  'row-dice-of-all': (arms, row) => arms[row] + 0.792,
  broken: () => {
    throw new Error('no audit of mask');
  },
};
const hold = (text: string, first?: number) => holdAgainst(text, quoted, scores, first);

test('numbers are held against the figures whose marks stand behind them, at the decimals that are written', () => {
  const text =
    'A gain of −1.3<!--f:gain--> points (p = 0.25<!--f:p-->, -0.0133<!--f:small-gain-->), 0.64<!--f:scratch-->, 0.64<!--f:scratch-->.';
  expect(hold(text)).toEqual({
    text,
    checked: 5,
    problems: [],
    ids: ['gain', 'p', 'small-gain', 'scratch'],
  });
});

describe('what does not hold is told by line, and corrected', () => {
  test.each([
    ['−1.2<!--f:gain-->', '−1.2 should be −1.3: gain', '−1.3<!--f:gain-->'],
    ['+1.3<!--f:loss-->', undefined, '+1.3<!--f:loss-->'],
    ['+1<!--f:more-->', '+1 should be +2: more', '+2<!--f:more-->'],
    ['-0.0<!--f:small-gain-->', '-0.0 should be 0.0: small-gain', '0.0<!--f:small-gain-->'],
    ['1.3<!--f:gain-->', '1.3 should be −1.3: gain', '−1.3<!--f:gain-->'],
    ['7 masks', '7 has no mark that says what it is', '7 masks'],
    ['7 <!--f:not-found-->', '7 has no mark that says what it is', '7 <!--f:not-found-->'],
    ['1<!--f:none-->', '1 stands before none, which is null, not a number', '1<!--f:none-->'],
    ['1<!--f:lost-->', 'no figure has the id lost', '1<!--f:lost-->'],
    ['1<!--f:toString-->', 'no figure has the id toString', '1<!--f:toString-->'],
    ['1<!--f:broken-->', 'broken: no audit of mask', '1<!--f:broken-->'],
    ['words<!--f:p-->', 'p is 0.25, not true', 'words<!--f:p-->'],
    ['words<!--f:found-->', 'found is false, not true', 'words<!--f:found-->'],
    ['words<!--f:not-found-->', undefined, 'words<!--f:not-found-->'],
  ])('%s', (text, problem, corrected) => {
    const held = hold(`first\n${text}`, 10);
    expect(held.problems).toEqual(problem === undefined ? [] : [`line 11: ${problem}`]);
    expect(held.text).toBe(`first\n${corrected}`);
  });
});

test('in a table the marks of a column stand in its header', () => {
  const table = [
    '| arm | Dice<!--f:row-dice--> | with all<!--f:row-dice-of-all--> (p<!--f:p-->) | remark |',
    '|---|---:|---|---|',
    '| `scratch` | 0.638 | 1.43 (0.25) | plain |',
    '| identity | 0.626 | 1.42 (0.25) | 3 seeds |',
    '| `scratch`: random | – | 1.43 | |',
    '| `scratch`: random | 0.638 | – | words<!--f:found--> |',
  ].join('\n');
  const { text, problems, checked } = hold(table);
  expect(problems).toEqual([
    'line 4: 0.626 should be 0.625: row-dice',
    'line 4: column 4 has 1 numbers, its header 0 marks',
    'line 5: column 3 has 1 numbers, its header 2 marks',
    'line 6: found is false, not true',
  ]);
  expect(checked).toBe(8);
  expect(text.split('\n')[3]).toBe('| identity | 0.625 | 1.42 (0.25) | 3 seeds |');
});

test('code, links, names and other comments hold no results', () => {
  expect(
    hold(
      [
        '`--labels 88`, [Brempong et al. 2022, arXiv 2205.11423](https://arxiv.org/abs/2205.11423), MobileNetV2, kvasir-88,',
        'HD95 and x8 <!-- 12 of them -->',
        '```',
        'fewmask study --labels 88',
        '```',
      ].join('\n'),
    ).problems,
  ).toEqual([]);
});
