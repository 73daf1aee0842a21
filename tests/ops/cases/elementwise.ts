import {
  abs,
  add,
  binaryCrossEntropy,
  div,
  exp,
  log,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  relu6,
  sigmoid,
  sign,
  sqrt,
  square,
  step,
  sub,
} from '../../../src/ops/elementwise.ts';
import {
  away,
  constant,
  given,
  type InputSpec,
  lattice,
  type OperatorCase,
  pointwise,
  uniform,
} from '../../support/cases.ts';
import { elementwise } from '../../support/reference.ts';

type Draw = (shape: readonly number[]) => InputSpec;

const any: Draw = (shape) => uniform(shape);
const positive: Draw = (shape) => uniform(shape, 0.3, 2);
const logistic = (x: number) => 1 / (1 + Math.exp(-x));

const binaries = [
  ['add', add, (a: number, b: number) => a + b, any, any],
  ['sub', sub, (a: number, b: number) => a - b, any, any],
  ['mul', mul, (a: number, b: number) => a * b, any, any],
  ['div', div, (a: number, b: number) => a / b, any, positive],
  ['minimum', minimum, Math.min, (shape) => lattice(shape, 0), (shape) => lattice(shape, 0.1)],
  ['maximum', maximum, Math.max, (shape) => lattice(shape, 0), (shape) => lattice(shape, 0.1)],
  [
    'binaryCrossEntropy',
    binaryCrossEntropy,
    (x: number, y: number) => -y * Math.log(logistic(x)) - (1 - y) * Math.log(1 - logistic(x)),
    (shape) => away(shape, [0], -4, 4),
    (shape) => uniform(shape, 0, 1),
  ],
] as const satisfies readonly (readonly [string, typeof add, (a: number, b: number) => number, Draw, Draw])[];

const broadcasts = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3, 1], [4]],
  [[4], [2, 3, 1]],
  [[], [2, 3]],
  [[2, 3], []],
  [[], []],
  [
    [2, 3, 2, 2],
    [1, 3, 1, 1],
  ],
  [
    [1, 3, 1, 1],
    [2, 3, 2, 2],
  ],
  [
    [2, 1, 3],
    [1, 4, 1],
  ],
];

/** Between, below and above the kinks of relu6. */
const around: Draw = (shape) => away(shape, [0, 6], -3, 9);
const nonzero: Draw = (shape) => away(shape, [0]);

const unaries = [
  ['neg', neg, (x: number) => -x, any],
  ['abs', abs, Math.abs, nonzero],
  ['exp', exp, Math.exp, any],
  ['log', log, Math.log, positive],
  ['sqrt', sqrt, Math.sqrt, positive],
  ['square', square, (x: number) => x ** 2, any],
  ['sigmoid', sigmoid, logistic, (shape) => uniform(shape, -6, 6)],
  ['relu', relu, (x: number) => Math.max(x, 0), nonzero],
  ['relu6', relu6, (x: number) => Math.min(Math.max(x, 0), 6), around],
  ['step', step, (x: number) => (x > 0 ? 1 : 0), nonzero],
  ['sign', sign, Math.sign, nonzero],
] as const satisfies readonly (readonly [string, typeof neg, (x: number) => number, Draw])[];

/** At the kinks the values are exact and the gradient is the one that the docstrings promise. */
const kinks: OperatorCase[] = [
  {
    name: 'step at 0',
    ...fixed([0, -0, 1e-30, -1e-30, 3e38, -3e38]),
    build: ([x]) => step(x),
    reference: ([x]) => elementwise(x)((v) => (v > 0 ? 1 : 0)),
  },
  {
    name: 'sign at 0',
    ...fixed([0, 1e-30, -1e-30]),
    build: ([x]) => sign(x),
    reference: ([x]) => elementwise(x)(Math.sign),
  },
  {
    name: 'sigmoid far out',
    ...fixed([-100, 100, 0]),
    build: ([x]) => sigmoid(x),
    reference: ([x]) => elementwise(x)(logistic),
  },
  {
    name: 'binaryCrossEntropy far out',
    ...fixed([-80, 80]),
    build: ([x]) => binaryCrossEntropy(x, 1),
    reference: ([x]) => elementwise(x)((v) => (v < 0 ? -v : 0)),
  },
];

function fixed(elements: readonly number[]) {
  return { inputs: [constant(given([elements.length], elements))] };
}

export const elementwiseCases: readonly OperatorCase[] = [
  ...binaries.flatMap(([name, operator, f, left, right]) =>
    broadcasts.map(([a, b]) => pointwise(name, operator, f, [left(a), right(b)])),
  ),
  ...unaries.flatMap(([name, operator, f, draw]) =>
    [[], [7], [2, 3, 4]].map((shape) => pointwise(name, operator, f, [draw(shape)])),
  ),
  ...kinks,
];
