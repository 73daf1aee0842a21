import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import { add, div, log, mul, sub } from '../../src/ops/elementwise.ts';
import { matmul } from '../../src/ops/linalg.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { Engine, type Session, scalarTensor } from '../../src/runtime/engine.node.ts';
import { tensorOf } from '../support/run-many.ts';

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 2 });
});
afterAll(() => engine.close());

/** p moves by x a step; the loss is the logarithm of the sum of p: none for a negative one. */
function counter(): Promise<Session> {
  const graph = new Graph();
  const [p, x] = [graph.input('p', [2]), graph.input('x', [])];
  return engine.load(lower({ loss: log(scalar(sum(p))), 'next/p': add(p, x) }));
}

const state = (...elements: number[]): Tensors => new Map([['p', tensorOf([elements.length], elements)]]);
const content = async (name = 'p') => [...(await engine.state()).get(name)!.data];

/** Fails where an answer does not come, in less time than the test runner waits. */
const within = <T>(seconds: number, promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<T>((_, reject) => {
      setTimeout(() => reject(new Error('no answer')), seconds * 1000).unref();
    }),
  ]);

describe('state', () => {
  test('moves from step to step', async () => {
    const session = await counter();
    await engine.setState(state(1, 2));
    for (const [step, expected] of [
      [1, [2, 3]],
      [2, [4, 5]],
      [-1, [3, 4]],
      [0.5, [3.5, 4.5]],
    ] as const) {
      await session.run({ x: scalarTensor(step) });
      expect(await content()).toEqual(expected);
    }
    await session.release();
  });

  test('stays what it was if an output is not finite', async () => {
    const session = await counter();
    await engine.setState(state(-1, -2));
    const { loss } = await session.run({ x: scalarTensor(1) });
    expect(loss.data[0]).toBeNaN();
    expect(await content()).toEqual([-1, -2]);
    await engine.setState(state(0, 0));
    expect((await session.run({ x: scalarTensor(3) })).loss.data[0]).toBe(Number.NEGATIVE_INFINITY);
    expect(await content()).toEqual([0, 0]);

    // And goes on afterwards from where it was.
    await engine.setState(state(1, 0));
    await session.run({ x: scalarTensor(-1) });
    await session.run({ x: scalarTensor(5) });
    expect(await content()).toEqual([0, -1]);
    await session.release();
  });

  test('is shared by sessions', async () => {
    const graph = new Graph();
    const reader = await engine.load(lower({ twice: mul(graph.input('p', [2]), 2) }));
    const session = await counter();
    await engine.setState(state(1, 2));
    await session.run({ x: scalarTensor(1) });
    expect([...(await reader.run({})).twice.data]).toEqual([4, 6]);
    const other = await counter();
    for (const runner of [other, session, other, other, session]) await runner.run({ x: scalarTensor(1) });
    expect([...(await reader.run({})).twice.data]).toEqual([14, 16]);
    for (const each of [reader, session, other]) await each.release();
  });

  test('is given out and taken in as copies', async () => {
    const session = await counter();
    const mine = state(1, 2);
    await engine.setState(mine);
    mine.get('p')!.data.fill(9);
    expect(await content()).toEqual([1, 2]);
    const given = await engine.state();
    given.get('p')!.data.fill(9);
    expect(await content()).toEqual([1, 2]);
    const before = await engine.state();
    await session.run({ x: scalarTensor(1) });
    await session.run({ x: scalarTensor(1) });
    expect([...before.get('p')!.data]).toEqual([1, 2]);
    await session.release();
  });

  test('is given out in part, by name', async () => {
    await engine.setState(new Map([...state(1, 2), ['q', tensorOf([1], [3])]]));
    const part = await engine.state(['q']);
    expect([...part.keys()]).toEqual(['q']);
    expect([...part.get('q')!.data]).toEqual([3]);
    await expect(engine.state(['r'])).rejects.toThrow('state r');
  });

  test('holds zeros where a tensor is said and not given', async () => {
    const graph = new Graph();
    const [p, x] = [graph.input('p', [2]), graph.input('x', [])];
    const session = await engine.load(lower({ 'next/p': add(p, x) }));
    const specs = [
      { name: 'p', shape: [2] },
      { name: 'q', shape: [2, 1] },
    ];
    await engine.setState(new Map([['q', tensorOf([2, 1], [3, 4])]]), specs);
    const held = await engine.state();
    expect([...held].map(([name, { shape, data }]) => [name, shape, [...data]])).toEqual([
      ['q', [2, 1], [3, 4]],
      ['p', [2], [0, 0]],
    ]);
    await session.run({ x: scalarTensor(1) });
    await session.run({ x: scalarTensor(1) });
    expect(await content()).toEqual([2, 2]);
    await session.release();
  });

  test('is replaced as a whole', async () => {
    await engine.setState(state(1, 2));
    await engine.setState(new Map([['q', tensorOf([1], [3])]]));
    expect([...(await engine.state()).keys()]).toEqual(['q']);
  });

  test('a feed stands before the state', async () => {
    const session = await counter();
    await engine.setState(state(1, 2));
    await session.run({ x: scalarTensor(1), p: tensorOf([2], [10, 20]) });
    expect(await content()).toEqual([11, 21]);
    await session.release();
  });

  test('a tensor that the state did not hold is added to it, step after step', async () => {
    const session = await counter();
    await engine.setState(new Map());
    for (const start of [1, 2, 3, 4]) {
      await session.run({ x: scalarTensor(1), p: tensorOf([2], [start, start]) });
      expect(await content(), `start ${start}`).toEqual([start + 1, start + 1]);
    }
    await session.release();
  });

  test('a loss that only evaluates leaves it alone', async () => {
    const graph = new Graph();
    const p = graph.input('p', [2]);
    const session = await engine.load(lower({ loss: scalar(sum(div(p, sub(p, p)))) }));
    await engine.setState(state(1, 2));
    await session.run({});
    expect(await content()).toEqual([1, 2]);
    await session.release();
  });
});

describe('answers', () => {
  test('come to whoever asked, in any number at a time', async () => {
    const graph = new Graph();
    const session = await engine.load(lower({ y: mul(graph.input('x', []), 2) }));
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => session.run({ x: scalarTensor(i) })),
    );
    expect(results.map(({ y }) => y.data[0])).toEqual(results.map((_, i) => 2 * i));
    await session.release();
  });

  test('fed arrays are handed over', async () => {
    const graph = new Graph();
    const session = await engine.load(lower({ y: mul(graph.input('x', [3]), 2) }));
    const x = tensorOf([3], [1, 2, 3]);
    await session.run({ x });
    expect(x.data).toHaveLength(0);
    await session.release();
  });

  test('results of one run stay when the next one runs', async () => {
    const graph = new Graph();
    const session = await engine.load(lower({ y: mul(graph.input('x', []), 2) }));
    const first = await session.run({ x: scalarTensor(1) });
    await session.run({ x: scalarTensor(5) });
    expect(first.y.data[0]).toBe(2);
    await session.release();
  });
});

describe('mistakes cross the thread as readable errors', () => {
  const one = () => {
    const graph = new Graph();
    return engine.load(lower({ y: mul(graph.input('x', [2]), graph.input('w', [2])) }));
  };
  const x = () => tensorOf([2], [1, 2]);

  test('an input that nobody feeds', async () => {
    const session = await one();
    await engine.setState(new Map());
    await expect(session.run({ x: x() })).rejects.toThrow(
      'engine: input w: got nothing, expected a feed or a tensor of the state',
    );
    await session.release();
  });

  test('a shape that does not fit', async () => {
    const session = await one();
    await expect(session.run({ x: tensorOf([3], [1, 2, 3]), w: x() })).rejects.toThrow(
      /x.*\n?.*Got: 3 Expected: 2/,
    );
    expect([...(await session.run({ x: x(), w: x() })).y.data]).toEqual([1, 4]);
    await session.release();
  });

  test('the same array twice', async () => {
    const session = await one();
    const same = x();
    await expect(session.run({ x: same, w: same })).rejects.toThrow(/duplicate/);
    await session.release();
  });

  test('an array that has been handed over before', async () => {
    const session = await one();
    const w = x();
    await session.run({ x: x(), w });
    await expect(within(1, session.run({ x: x(), w }))).rejects.not.toThrow('no answer');
  });

  test('an engine that is closed', async () => {
    const closed = new Engine({ threads: 1 });
    await closed.close();
    await expect(within(1, closed.state())).rejects.not.toThrow('no answer');
  });

  test('a session that is released', async () => {
    const session = await one();
    await session.release();
    await expect(session.run({ x: x(), w: x() })).rejects.toThrow(/engine: .*expected/);
  });
});

test('closing ends what is under way with an error', async () => {
  const closing = new Engine({ threads: 1 });
  const asked = closing.state();
  const outcome = expect(within(5, asked)).rejects.toThrow('engine: it is closed');
  await closing.close();
  await outcome;
});

test('this thread goes on while a step runs', async () => {
  const size = 1024;
  const graph = new Graph();
  const x = graph.input('x', [size, size]);
  const products = Array.from({ length: 30 }).reduce<Value>((y) => mul(matmul(y, x), 0.001), x);
  const session = await engine.load(lower({ y: scalar(sum(products)) }));
  const data = new Float32Array(size * size).fill(0.5);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  const before = performance.now();
  await session.run({ x: { shape: [size, size], data } });
  const elapsed = performance.now() - before;
  clearInterval(timer);
  await session.release();
  expect(elapsed).toBeGreaterThan(100);
  expect(ticks).toBeGreaterThanOrEqual(5);
});
