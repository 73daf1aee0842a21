import { afterAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { Graph, nodeOf, reachable, type Value } from '../../src/graph/graph.ts';
import { type Pass, rewriting } from '../../src/graph/pass.ts';
import { conv, convTranspose } from '../../src/ops/conv.ts';
import { add, elementwiseOperators, mul, square } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { concat, pad, slice, transpose } from '../../src/ops/movement.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { upsampleNearest } from '../../src/ops/resize.ts';
import { addOfPadded } from '../../src/passes/add-of-padded.ts';
import { convOfConcat } from '../../src/passes/conv-of-concat.ts';
import { convOfEnlarged } from '../../src/passes/conv-of-enlarged.ts';
import { convOfScaled } from '../../src/passes/conv-of-scaled.ts';
import { passes } from '../../src/passes/index.ts';
import { sliceOfConv } from '../../src/passes/slice-of-conv.ts';
import { transposeOfSingle } from '../../src/passes/transpose-of-single.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { expectClose } from '../support/check-case.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

const engine = new Engine({ threads: 1, kernels: 'plain' });
afterAll(() => engine.close());

interface Case {
  readonly pass: Pass;
  readonly shapes: readonly Shape[];
  build(inputs: Value[]): Value;
  /** Operators of the forward graph as it is said, and as the pass writes it; in order. */
  readonly said: readonly string[];
  readonly written: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'conv of a concatenation': {
    pass: convOfConcat,
    shapes: [[2, 3, 5, 4], [2, 2, 5, 4], [4, 5, 3, 3], [4]],
    build: ([a, b, w, bias]) => conv(concat([a, b], 1), w, { padding: 1, bias }),
    said: ['concat', 'conv'],
    written: ['slice', 'conv', 'slice', 'conv', 'add'],
  },
  'convTranspose of a concatenation': {
    pass: convOfConcat,
    shapes: [
      [2, 3, 5, 4],
      [2, 2, 5, 4],
      [5, 4, 3, 3],
    ],
    build: ([a, b, w]) => convTranspose(concat([a, b], 1), w, { stride: 2, padding: 1, outputPadding: 1 }),
    said: ['concat', 'convTranspose'],
    written: ['slice', 'convTranspose', 'slice', 'convTranspose', 'add'],
  },
  'conv of an enlarged image': {
    pass: convOfEnlarged,
    shapes: [[2, 3, 4, 3], [4, 3, 3, 3], [4]],
    build: ([x, w, bias]) => conv(upsampleNearest(x, 2), w, { padding: 1, bias }),
    said: ['upsampleNearest', 'conv'],
    written: ['mixTaps', 'transpose', 'convTranspose', 'reshape', 'add'],
  },
  'conv of an image with a factor a channel': {
    pass: convOfScaled,
    shapes: [
      [2, 3, 4, 5],
      [1, 3, 1, 1],
      [4, 3, 3, 3],
    ],
    build: ([x, factor, w]) => conv(mul(x, factor), w, { padding: 1 }),
    said: ['mul', 'conv'],
    written: ['mul', 'conv'],
  },
  'convTranspose of an image with a factor a channel': {
    pass: convOfScaled,
    shapes: [
      [2, 3, 4, 5],
      [1, 3, 1, 1],
      [3, 4, 3, 3],
    ],
    build: ([x, factor, w]) => convTranspose(mul(x, factor), w, { stride: 2 }),
    said: ['mul', 'convTranspose'],
    written: ['transpose', 'mul', 'convTranspose'],
  },
  'some channels of a conv': {
    pass: sliceOfConv,
    shapes: [
      [2, 3, 5, 4],
      [6, 3, 3, 3],
    ],
    build: ([x, w]) => slice(conv(x, w), 1, 2, 5),
    said: ['conv', 'slice'],
    written: ['slice', 'conv'],
  },
  'some channels of a convTranspose': {
    pass: sliceOfConv,
    shapes: [
      [2, 3, 5, 4],
      [3, 6, 3, 3],
    ],
    build: ([x, w]) => slice(convTranspose(x, w), 1, 2, 5),
    said: ['convTranspose', 'slice'],
    written: ['slice', 'convTranspose'],
  },
  'the second part, padded, plus the first': {
    pass: addOfPadded,
    shapes: [
      [2, 3],
      [2, 2],
    ],
    build: ([a, b]) => add(pad(b, 1, 3, 0), pad(a, 1, 0, 2)),
    said: ['pad', 'pad', 'add'],
    written: ['concat'],
  },
  'axes of a single element changing places': {
    pass: transposeOfSingle,
    shapes: [[1, 3, 1, 1]],
    build: ([x]) => transpose(x, [1, 0, 2, 3]),
    said: ['transpose'],
    written: ['reshape'],
  },
};

/** A case in a graph of these passes: its output and the gradients of a sum of squares. */
function built({ shapes, build }: Case, used: readonly Pass[]): Readonly<Record<string, Value>> {
  const graph = new Graph(used);
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const y = build(inputs);
  const slopes = gradients(scalar(sum(square(y))), inputs);
  return { y, ...Object.fromEntries(slopes.map((slope, i) => [`d${i}`, slope])) };
}

const operatorsOf = (value: Value) => reachable([value]).flatMap((each) => nodeOf(each)?.operator.name ?? []);

describe('each pass', () => {
  test('has a case', () => {
    const tried = new Set(Object.values(cases).map(({ pass }) => pass));
    expect(passes.filter((pass) => !tried.has(pass))).toEqual([]);
  });

  test.each(Object.entries(cases))('%s: writes what was said in another way', (_, each) => {
    expect(operatorsOf(built(each, []).y)).toEqual(each.said);
    expect(operatorsOf(built(each, [each.pass]).y)).toEqual(each.written);
  });

  test.each(Object.entries(cases))('%s: means the same', async (_, each) => {
    const feeds = Object.fromEntries(
      each.shapes.map((shape, i) => {
        const stream = new RandomStream('passes', i);
        const data = Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
        return [`x${i}`, tensorOf(shape, data)];
      }),
    );
    const expected = await evaluate(engine, built(each, []), feeds);
    for (const used of [[each.pass], passes]) {
      const found = await evaluate(engine, built(each, used), feeds);
      for (const [name, values] of Object.entries(expected)) expectClose(found[name], values, 2e-5, name);
    }
  });
});

describe('where a pass does not fit', () => {
  const unchanged = (shapes: readonly Shape[], build: Case['build']) => {
    const [said, written] = [[], passes].map((used) => {
      const graph = new Graph(used);
      return operatorsOf(build(shapes.map((shape, i) => graph.input(`x${i}`, shape))));
    });
    expect(written).toEqual(said);
  };

  test('groups', () => {
    const near = { padding: 1, groups: 4 };
    const kernel = [4, 1, 3, 3];
    unchanged([[1, 2, 4, 4], [1, 2, 4, 4], kernel], ([a, b, w]) => conv(concat([a, b], 1), w, near));
    unchanged([[1, 4, 4, 4], kernel], ([x, w]) => conv(upsampleNearest(x, 2), w, near));
    unchanged([[1, 4, 4, 4], [1, 4, 1, 1], kernel], ([x, f, w]) => conv(mul(x, f), w, near));
    unchanged([[1, 4, 4, 4], kernel], ([x, w]) => slice(conv(x, w, near), 1, 0, 2));
  });

  test('another axis, other walks', () => {
    unchanged(
      [
        [1, 2, 4, 4],
        [1, 2, 4, 4],
        [4, 2, 3, 3],
      ],
      ([a, b, w]) => conv(concat([a, b], 2), w),
    );
    unchanged(
      [
        [1, 2, 4, 4],
        [4, 2, 3, 3],
      ],
      ([x, w]) => conv(upsampleNearest(x, 2), w),
    );
    unchanged(
      [
        [1, 2, 6, 6],
        [4, 2, 3, 3],
      ],
      ([x, w]) => slice(conv(x, w), 2, 0, 2),
    );
  });

  test('padded parts that overlap, leave a gap, or broadcast', () => {
    unchanged([[3], [3]], ([a, b]) => add(pad(a, 0, 0, 2), pad(b, 0, 2, 0)));
    unchanged([[2], [2]], ([a, b]) => add(pad(a, 0, 0, 3), pad(b, 0, 3, 0)));
    unchanged(
      [
        [1, 2],
        [3, 3],
      ],
      ([a, b]) => add(pad(a, 1, 0, 3), pad(b, 1, 2, 0)),
    );
  });

  test('an image with a factor a pixel', () => {
    unchanged(
      [
        [1, 2, 4, 4],
        [1, 1, 4, 4],
        [3, 2, 3, 3],
      ],
      ([x, f, w]) => conv(mul(x, f), w),
    );
  });
});

describe('a graph and its passes', () => {
  const doubled: Pass = {
    name: 'exp as a product',
    rewrites: rewriting(elementwiseOperators.exp, ({ inputs: [x] }) => mul(x, 2)),
  };
  const exp = (x: Value) => x.graph.apply(elementwiseOperators.exp, [x], {});

  test('the first that fits is taken, and an application is rewritten once', () => {
    let asked = 0;
    const never: Pass = {
      name: 'never',
      rewrites: rewriting(elementwiseOperators.exp, () => {
        asked++;
        return undefined;
      }),
    };
    const x = new Graph([never, doubled]).input('x', [2]);
    expect(exp(x)).toBe(mul(x, 2));
    expect(exp(x)).toBe(mul(x, 2));
    expect(asked).toBe(1);
  });

  test('shapes that do not fit are told of the operator that was said', () => {
    const graph = new Graph(passes);
    const [a, b, w] = [
      [1, 2, 4, 4],
      [1, 2, 4, 4],
      [3, 5, 3, 3],
    ].map((shape, i) => graph.input(`x${i}`, shape));
    expect(() => conv(concat([a, b], 1), w)).toThrow(/^conv at conv: got x \[1, 4, 4, 4\]/);
  });

  test('a pass that makes another shape is an error that names operator and node', () => {
    const flat: Pass = {
      name: 'flat',
      rewrites: rewriting(elementwiseOperators.exp, ({ inputs: [x] }) => scalar(sum(x))),
    };
    const x = new Graph([flat]).input('x', [2]);
    expect(() => exp(x)).toThrow(/exp at exp, rewritten by a pass: got \[\], expected \[2\]/);
  });
});
