import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { tailBeyondRank } from '../../src/stats/beyond-rank.ts';

test('of one known number half of the new ones are above it', () => {
  // Of three numbers in any order both new ones are above the known one in a third of the orders, none in another.
  const of = (count: number) => tailBeyondRank(count, 2, { rank: 1, known: 1 });
  expect([0, 1, 2, 3].map(of)).toEqual([1, 2 / 3, 1 / 3, 0].map((p) => expect.closeTo(p, 12)));
});

test('it is how often that happens', () => {
  const [rank, known, drawn, count] = [9, 10, 20, 4];
  const stream = new RandomStream('beyond rank');
  const draw = (n: number) => Array.from({ length: n }, () => stream.uniform());
  const times = 20_000;
  let happened = 0;
  for (let t = 0; t < times; t++) {
    const limit = draw(known).sort((a, b) => a - b)[rank - 1];
    if (draw(drawn).filter((value) => value > limit).length >= count) happened++;
  }
  const p = tailBeyondRank(count, drawn, { rank, known });
  expect(Math.abs(happened / times - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / times));
});

test('many new numbers are summed in logarithms', () => {
  const p = tailBeyondRank(60_000, 100_000, { rank: 500, known: 1000 });
  expect(p).toBeGreaterThan(0);
  expect(p).toBeLessThan(1e-3);
});
