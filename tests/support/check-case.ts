import { expect } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { formatShape, sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { mul } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { passes } from '../../src/passes/index.ts';
import type { Engine } from '../../src/runtime/engine.node.ts';
import type { OperatorCase } from './cases.ts';
import type { NdArray } from './reference.ts';
import { largestDifference } from './shared.ts';

/** Inputs larger than this have the gradient checked at that many elements drawn at random, as a rule. */
const ALL_BELOW = 60;
const SOME = 40;

/** A case as a graph: its output, the gradients of a weighted sum of it, and what to feed. */
export interface BuiltCase {
  readonly output: Value;
  /** By input; undefined where none is asked for. */
  readonly gradients: readonly (Value | undefined)[];
  readonly arrays: readonly NdArray[];
  readonly weights: NdArray;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Float64 numbers that float32 holds exactly, so that both sides start from the same ones. */
function drawn(shape: readonly number[], draw: (index: number) => number): NdArray {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(draw(i))) };
}

const fed = ({ shape, data }: NdArray): Tensor => ({ shape, data: Float32Array.from(data) });

export function buildCase({ name, inputs, build, differentiable = true }: OperatorCase): BuiltCase {
  const graph = new Graph(passes);
  const arrays = inputs.map(({ shape, draw }, i) => {
    const stream = new RandomStream('case', name, i);
    return drawn(shape, (index) => draw(stream, index));
  });
  const values = inputs.map(({ shape, role }, i) =>
    role === 'constant'
      ? graph.constant(Float32Array.from(arrays[i].data), shape, `x${i}`)
      : graph.input(`x${i}`, shape),
  );
  const output = build(values);
  const stream = new RandomStream('weights', name);
  const weights = drawn(output.shape, () => 2 * stream.uniform() - 1);
  const targets = inputs.flatMap(({ role = 'target' }, i) =>
    role === 'target' && differentiable ? [i] : [],
  );
  const loss = scalar(sum(mul(output, graph.input('weights', output.shape))));
  const found =
    targets.length > 0
      ? gradients(
          loss,
          targets.map((i) => values[i]),
        )
      : [];
  return {
    output,
    gradients: inputs.map((_, i) => (targets.includes(i) ? found[targets.indexOf(i)] : undefined)),
    arrays,
    weights,
    feeds: Object.fromEntries([
      ...arrays.map((array, i) => [`x${i}`, fed(array)]),
      ['weights', fed(weights)],
    ]),
  };
}

/** Runs a case, its output against the reference and its gradients against central differences of the reference. */
export async function checkCase(engine: Engine, operatorCase: OperatorCase): Promise<void> {
  const built = buildCase(operatorCase);
  const session = await engine.load({
    outputs: {
      output: built.output,
      ...Object.fromEntries(
        built.gradients.flatMap((gradient, i) => (gradient ? [[`gradient ${i}`, gradient]] : [])),
      ),
    },
  });
  const result = await session.run({ ...built.feeds });
  await session.release();

  const { reference, tolerance = 1e-5 } = operatorCase;
  const expected = reference([...built.arrays]);
  expect(formatShape(built.output.shape), 'shape').toBe(formatShape(expected.shape));
  expectClose(result.output.data, expected.data, tolerance, 'output');
  for (const [i, gradient] of built.gradients.entries()) {
    if (!gradient) continue;
    expect(formatShape(gradient.shape), `shape of gradient ${i}`).toBe(formatShape(built.arrays[i].shape));
    const places = checkedPlaces(operatorCase.name, built.arrays[i].data.length);
    const found = places.map((place) => result[`gradient ${i}`].data[place]);
    expectClose(found, differences(operatorCase, built, i, places), 2 * tolerance, `gradient ${i}`);
  }
}

/** d/dx of the weighted sum of the reference, at some elements of one input. */
function differences(
  { reference, step = 1e-4 }: OperatorCase,
  { arrays, weights }: BuiltCase,
  input: number,
  places: readonly number[],
): number[] {
  const weighted = (moved: NdArray) =>
    reference(arrays.map((array, i) => (i === input ? moved : array))).data.reduce(
      (all, x, i) => all + x * weights.data[i],
      0,
    );
  return places.map((place) => {
    const { shape, data } = arrays[input];
    const shifted = (by: number) => weighted({ shape, data: data.with(place, data[place] + by) });
    return (shifted(step) - shifted(-step)) / (2 * step);
  });
}

function checkedPlaces(name: string, size: number): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return size <= ALL_BELOW ? all : new RandomStream('places', name, size).shuffled(all).slice(0, SOME);
}

/** Every element within a part of the largest expected one. */
export function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const largest = Array.from(expected).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  expect(largestDifference(found, expected), `${what}, largest ${largest}`).toBeLessThanOrEqual(
    tolerance * largest + 1e-6,
  );
}
