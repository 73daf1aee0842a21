import { broadcastShapes, formatShape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';

type None = Readonly<Record<string, never>>;
type Rule = NonNullable<Operator<None>['gradient']>;

/** The slope of a hard sigmoid that is a step. */
export const STEEP = 3e38;

/** An operator that ONNX has under the same meaning, on one or two tensors, broadcasting as NumPy does. */
function elementwise(name: string, onnx: string, gradient: Rule): Operator<None> {
  return {
    name,
    shape: broadcastAll,
    gradient,
    forms: [{ name: 'plain', emit: (_, inputs, emitter) => emitter.node(onnx, inputs) }],
  };
}

/** An operator written in terms of others. */
function composed(name: string, expand: (...inputs: Value[]) => Value, gradient: Rule): Operator<None> {
  return {
    name,
    shape: broadcastAll,
    gradient,
    forms: [{ name: 'composed', expand: (node) => expand(...node.inputs) }],
  };
}

function broadcastAll(shapes: readonly (readonly number[])[], _: None, complain: (problem: string) => Error) {
  return shapes.reduce((a, b) => {
    const shape = broadcastShapes(a, b);
    if (!shape)
      throw complain(`got shapes ${formatShape(a)} and ${formatShape(b)}, expected shapes that broadcast`);
    return shape;
  });
}

const unary = (operator: Operator<None>) => (x: Value) => x.graph.apply(operator, [x], {});

/** A number stands for a scalar constant. */
const binary = (operator: Operator<None>) => (a: Value, b: Value | number) =>
  a.graph.apply(operator, [a, typeof b === 'number' ? a.graph.constant(b) : b], {});

export const elementwiseOperators = {
  add: elementwise('add', 'Add', (_, dy) => dy),
  sub: elementwise('sub', 'Sub', (_, dy, index) => (index === 0 ? dy : neg(dy))),
  mul: elementwise('mul', 'Mul', ({ inputs }, dy, index) => mul(dy, inputs[1 - index])),
  div: elementwise('div', 'Div', ({ inputs: [, b], output }, dy, index) =>
    index === 0 ? div(dy, b) : neg(div(mul(dy, output), b)),
  ),
  minimum: elementwise('minimum', 'Min', ({ inputs: [a, b] }, dy, index) => {
    const first = step(sub(b, a));
    return mul(dy, index === 0 ? first : add(neg(first), 1));
  }),
  maximum: elementwise('maximum', 'Max', ({ inputs: [a, b] }, dy, index) => {
    const first = step(sub(a, b));
    return mul(dy, index === 0 ? first : add(neg(first), 1));
  }),
  neg: elementwise('neg', 'Neg', (_, dy) => neg(dy)),
  abs: elementwise('abs', 'Abs', ({ inputs: [x] }, dy) => mul(dy, sign(x))),
  exp: elementwise('exp', 'Exp', ({ output }, dy) => mul(dy, output)),
  log: elementwise('log', 'Log', ({ inputs: [x] }, dy) => div(dy, x)),
  sqrt: elementwise('sqrt', 'Sqrt', ({ output }, dy) => div(dy, mul(output, 2))),
  square: composed(
    'square',
    (x) => mul(x, x),
    ({ inputs: [x] }, dy) => mul(dy, mul(x, 2)),
  ),
  sigmoid: elementwise('sigmoid', 'Sigmoid', ({ output }, dy) => mul(dy, mul(output, add(neg(output), 1)))),
  relu: elementwise('relu', 'Relu', ({ output }, dy) => mul(dy, step(output))),
  relu6: {
    name: 'relu6',
    shape: broadcastAll,
    // One step over a product, for it is 0 on both sides: a third less time than the product of two steps.
    gradient: ({ output }, dy) => mul(dy, step(mul(output, sub(output.graph.constant(6), output)))),
    forms: [
      {
        name: 'plain',
        emit: (_, [x], emitter) => emitter.node('Clip', [x, emitter.floats(0), emitter.floats(6)]),
      },
    ],
  },
  /** 1 where x > 0, else 0; flat, so nothing flows back. */
  step: {
    name: 'step',
    shape: broadcastAll,
    gradient: () => undefined,
    forms: [
      {
        // One pass with a huge slope, saturated at 0 and 1; Greater and Cast take two, Where a constant more.
        name: 'steep hard sigmoid',
        emit: (_, [x], emitter) =>
          emitter.node('HardSigmoid', [x], { alpha: { float: STEEP }, beta: { float: 0 } }),
      },
    ],
  },
  sign: elementwise('sign', 'Sign', () => undefined),
  /** max(x, 0) - x y + log(1 + exp(-|x|)): -log of the probability of label y under logit x, without overflow. */
  binaryCrossEntropy: composed(
    'binaryCrossEntropy',
    (x, y) => add(sub(relu(x), mul(x, y)), log(add(exp(neg(abs(x))), 1))),
    ({ inputs: [x, y] }, dy, index) => mul(dy, index === 0 ? sub(sigmoid(x), y) : neg(x)),
  ),
} as const satisfies Record<string, Operator<None>>;

/** a + b, broadcasting. */
export const add = binary(elementwiseOperators.add);
/** a - b, broadcasting. */
export const sub = binary(elementwiseOperators.sub);
/** a * b, broadcasting. */
export const mul = binary(elementwiseOperators.mul);
/** a / b, broadcasting. */
export const div = binary(elementwiseOperators.div);
/** The smaller of a and b, broadcasting; at ties the gradient goes to b. */
export const minimum = binary(elementwiseOperators.minimum);
/** The larger of a and b, broadcasting; at ties the gradient goes to b. */
export const maximum = binary(elementwiseOperators.maximum);
export const neg = unary(elementwiseOperators.neg);
export const abs = unary(elementwiseOperators.abs);
export const exp = unary(elementwiseOperators.exp);
export const log = unary(elementwiseOperators.log);
export const sqrt = unary(elementwiseOperators.sqrt);
export const square = unary(elementwiseOperators.square);
export const sigmoid = unary(elementwiseOperators.sigmoid);
/** max(x, 0); the gradient at 0 is 0. */
export const relu = unary(elementwiseOperators.relu);
/** min(max(x, 0), 6); the gradient at 0 and at 6 is 0. */
export const relu6 = unary(elementwiseOperators.relu6);
/** 1 where x > 0, else 0. */
export const step = unary(elementwiseOperators.step);
/** -1, 0 or 1. */
export const sign = unary(elementwiseOperators.sign);
/** Binary cross-entropy of a logit x and a label or probability y in [0, 1], elementwise. */
export const binaryCrossEntropy = binary(elementwiseOperators.binaryCrossEntropy);
