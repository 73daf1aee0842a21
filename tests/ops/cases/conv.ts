import type { Value } from '../../../src/graph/graph.ts';
import { conv, convTranspose } from '../../../src/ops/conv.ts';
import type { ConvOptions } from '../../../src/ops/conv-geometry.ts';
import { add, mul, relu, relu6 } from '../../../src/ops/elementwise.ts';
import { operators } from '../../../src/ops/index.ts';
import { concat, pad, slice } from '../../../src/ops/movement.ts';
import { constant, fed, type OperatorCase, uniform } from '../../support/cases.ts';
import { at, build, concatenated, elementwise, padded, sliced } from '../../support/reference.ts';
import { convolved, correlated, spread, type Walk } from '../../support/reference-image.ts';

type Four = readonly [number, number, number, number];

const optionsOf = ({ strides, pads, dilations, groups }: Walk): ConvOptions => ({
  ...(strides && { stride: strides }),
  ...(pads && { padding: pads }),
  ...(dilations && { dilation: dilations }),
  ...(groups && { groups }),
});

const attributesOf = ({ strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], groups = 1 }: Walk) => ({
  strides,
  pads,
  dilations,
  groups,
});

/** Name, x, w, how to walk. */
const geometries: readonly (readonly [string, Four, Four, Walk])[] = [
  ['1x1', [2, 3, 4, 5], [2, 3, 1, 1], {}],
  ['1x1 stride 2', [1, 2, 5, 4], [3, 2, 1, 1], { strides: [2, 2] }],
  ['1x1 padded', [1, 2, 3, 3], [2, 2, 1, 1], { pads: [1, 1, 1, 1] }],
  ['3x3 same', [2, 3, 5, 4], [2, 3, 3, 3], { pads: [1, 1, 1, 1] }],
  ['3x3 unpadded', [1, 2, 5, 6], [2, 2, 3, 3], {}],
  ['3x3 of its own size', [1, 2, 3, 3], [2, 2, 3, 3], {}],
  ['3x3 of one pixel', [2, 2, 1, 1], [3, 2, 3, 3], { pads: [1, 1, 1, 1] }],
  ['3x3 padded by more than needed', [1, 2, 3, 4], [2, 2, 3, 3], { pads: [3, 4, 3, 4] }],
  ['3x3 padded by more than needed on one side', [1, 2, 3, 4], [2, 2, 3, 3], { pads: [0, 4, 3, 0] }],
  ['3x3 asymmetric', [1, 2, 4, 5], [3, 2, 3, 3], { pads: [0, 1, 2, 0] }],
  ['2x2', [1, 2, 4, 4], [3, 2, 2, 2], {}],
  ['2x2 top left', [2, 3, 3, 4], [2, 3, 2, 2], { pads: [1, 1, 0, 0] }],
  ['2x2 bottom right', [2, 2, 3, 4], [3, 2, 2, 2], { pads: [0, 0, 1, 1] }],
  ['3x1', [1, 3, 5, 4], [2, 3, 3, 1], { pads: [1, 0, 1, 0] }],
  ['3x1 padded by more than needed', [1, 2, 4, 3], [2, 2, 3, 1], { pads: [1, 1, 1, 2] }],
  ['1x3', [1, 2, 4, 5], [3, 2, 1, 3], { pads: [0, 1, 0, 1] }],
  ['5x5', [1, 2, 6, 5], [2, 2, 5, 5], { pads: [2, 2, 2, 2] }],
  ['4x4 stride 2', [1, 2, 6, 8], [2, 2, 4, 4], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['3x3 stride 2 on even sizes', [1, 2, 6, 4], [3, 2, 3, 3], { strides: [2, 2], pads: [0, 0, 1, 1] }],
  ['3x3 stride 2 on odd sizes', [2, 2, 7, 5], [3, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['3x3 stride 2 that leaves the last rows', [1, 2, 6, 8], [2, 2, 3, 3], { strides: [2, 2] }],
  ['2x2 stride 3 that leaves the last rows', [1, 2, 7, 7], [2, 2, 2, 2], { strides: [3, 3] }],
  ['3x3 stride (2,1)', [1, 2, 7, 5], [2, 2, 3, 3], { strides: [2, 1], pads: [1, 1, 1, 1] }],
  ['3x3 stride (1,2)', [1, 3, 4, 6], [2, 3, 3, 3], { strides: [1, 2], pads: [1, 1, 1, 1] }],
  ['3x3 dilation 2', [1, 2, 6, 7], [2, 2, 3, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] }],
  ['3x3 dilation 2 unpadded', [1, 2, 6, 7], [3, 2, 3, 3], { dilations: [2, 2] }],
  ['3x3 dilation (1,2)', [1, 2, 5, 6], [2, 2, 3, 3], { dilations: [1, 2], pads: [1, 2, 1, 2] }],
  [
    '3x3 dilation 2 stride 2',
    [1, 2, 8, 7],
    [2, 2, 3, 3],
    { dilations: [2, 2], strides: [2, 2], pads: [2, 2, 2, 2] },
  ],
  ['groups 2', [2, 4, 4, 5], [6, 2, 3, 3], { groups: 2, pads: [1, 1, 1, 1] }],
  ['groups 2 stride 2', [1, 4, 6, 5], [2, 2, 3, 3], { groups: 2, strides: [2, 2], pads: [0, 0, 1, 1] }],
  ['depthwise', [2, 3, 5, 4], [3, 1, 3, 3], { groups: 3, pads: [1, 1, 1, 1] }],
  ['depthwise stride 2', [1, 4, 6, 6], [4, 1, 3, 3], { groups: 4, strides: [2, 2], pads: [0, 0, 1, 1] }],
  ['depthwise with a multiplier', [1, 2, 4, 4], [6, 1, 3, 3], { groups: 2, pads: [1, 1, 1, 1] }],
  ['depthwise of 16 channels', [2, 16, 5, 7], [16, 1, 3, 3], { groups: 16, pads: [1, 1, 1, 1] }],
  ['depthwise of 16 channels, one pixel', [1, 16, 1, 1], [16, 1, 3, 3], { groups: 16, pads: [1, 1, 1, 1] }],
  ['depthwise of 48 channels, 5x5', [1, 48, 6, 5], [48, 1, 5, 5], { groups: 48, pads: [2, 2, 2, 2] }],
  ['depthwise of 16 channels, unpadded 2x3', [2, 16, 4, 5], [16, 1, 2, 3], { groups: 16 }],
  [
    'depthwise of 16 channels, dilation 2',
    [1, 16, 6, 7],
    [16, 1, 3, 3],
    { groups: 16, dilations: [2, 2], pads: [2, 2, 2, 2] },
  ],
  [
    'depthwise of 32 channels, stride 2, padded after',
    [2, 32, 6, 8],
    [32, 1, 3, 3],
    { groups: 32, strides: [2, 2], pads: [0, 0, 1, 1] },
  ],
  [
    'depthwise of 16 channels, stride 2, padded around',
    [1, 16, 8, 6],
    [16, 1, 3, 3],
    { groups: 16, strides: [2, 2], pads: [1, 1, 1, 1] },
  ],
  [
    'depthwise of 16 channels, stride 2, odd sizes',
    [1, 16, 7, 5],
    [16, 1, 3, 3],
    { groups: 16, strides: [2, 2], pads: [1, 1, 1, 1] },
  ],
  [
    'depthwise of 16 channels, stride 2 that leaves the last rows',
    [1, 16, 6, 8],
    [16, 1, 3, 3],
    { groups: 16, strides: [2, 2] },
  ],
  [
    'depthwise of 16 channels, stride (2,1)',
    [1, 16, 7, 5],
    [16, 1, 3, 3],
    { groups: 16, strides: [2, 1], pads: [1, 1, 1, 1] },
  ],
  [
    'depthwise of 16 channels with a multiplier',
    [1, 16, 4, 4],
    [32, 1, 3, 3],
    { groups: 16, pads: [1, 1, 1, 1] },
  ],
  ['groups 2 of 32 channels', [1, 32, 4, 5], [32, 16, 3, 3], { groups: 2, pads: [1, 1, 1, 1] }],
  ['groups 8 of 32 channels', [2, 32, 5, 3], [16, 4, 3, 3], { groups: 8, pads: [1, 1, 1, 1] }],
  ['1x1 of blocks, few pixels', [2, 32, 3, 3], [16, 32, 1, 1], {}],
  ['1x1 of blocks, fewer pixels than channels', [2, 32, 4, 4], [48, 32, 1, 1], {}],
  ['1x1 of blocks, as many pixels as in blocks', [1, 48, 4, 8], [16, 48, 1, 1], {}],
  ['1x1 of blocks, odd sizes', [2, 16, 7, 5], [32, 16, 1, 1], {}],
  ['1x1 of blocks to few channels', [2, 32, 5, 5], [3, 32, 1, 1], {}],
  ['1x1 of few channels to blocks', [1, 3, 5, 5], [32, 3, 1, 1], {}],
  ['1x1 of blocks, stride 2', [1, 16, 6, 8], [32, 16, 1, 1], { strides: [2, 2] }],
  ['x wider than dy', [2, 8, 4, 4], [2, 8, 3, 3], { pads: [1, 1, 1, 1] }],
  ['dy wider than x', [2, 2, 4, 4], [8, 2, 3, 3], { pads: [1, 1, 1, 1] }],
  ['x wider, many pixels', [2, 3, 32, 33], [2, 3, 3, 3], { pads: [1, 1, 1, 1] }],
  ['x wider, many pixels, asymmetric', [1, 3, 34, 32], [2, 3, 2, 3], { pads: [1, 0, 0, 2] }],
  ['dy wider, many pixels', [1, 2, 33, 32], [3, 2, 3, 3], { pads: [1, 1, 1, 1] }],
  ['16 channels', [1, 16, 4, 4], [16, 16, 3, 3], { pads: [1, 1, 1, 1] }],
  ['16 to 8 channels', [2, 16, 5, 3], [8, 16, 3, 3], { pads: [1, 1, 1, 1] }],
];

const convs = geometries.map(
  ([name, x, w, walk]): OperatorCase => ({
    name: `conv ${name}`,
    inputs: [uniform(x), uniform(w)],
    build: (values) => conv(values[0], values[1], optionsOf(walk)),
    reference: (arrays) => convolved(arrays[0], arrays[1], walk),
  }),
);

const constantConvs = geometries
  .filter(([, x, , { groups }]) => x[1] >= 16 || groups)
  .map(
    ([name, x, w, walk]): OperatorCase => ({
      name: `conv with constant weights ${name}`,
      inputs: [uniform(x), constant(uniform(w)), constant(uniform([w[0]]))],
      build: (values) => conv(values[0], values[1], { ...optionsOf(walk), bias: values[2] }),
      reference: (arrays) => convolved(arrays[0], arrays[1], walk, arrays[2]),
    }),
  );

/** The gradients' own operators as operators of their own, and so the second derivatives of conv. */
const adjoints = geometries
  .filter(([, x]) => x[2] * x[3] < 100)
  .flatMap(([name, x, w, walk]): OperatorCase[] => {
    const y = convolved(
      { shape: x, data: new Float64Array(x[0] * x[1] * x[2] * x[3]) },
      { shape: w, data: new Float64Array(w[0] * w[1] * w[2] * w[3]) },
      walk,
    ).shape;
    const [extent, kernel] = [x, w].map((shape) => [shape[2], shape[3]] as const);
    return [
      {
        name: `convTranspose ${name}`,
        inputs: [uniform(y), uniform(w)],
        build: (values) =>
          values[0].graph.apply(operators.convTranspose, values, { ...attributesOf(walk), extent }),
        reference: (arrays) => spread(arrays[0], arrays[1], extent, walk),
      },
      {
        name: `convWeightGradient ${name}`,
        inputs: [uniform(x), uniform(y)],
        build: (values) =>
          values[0].graph.apply(operators.convWeightGradient, values, { ...attributesOf(walk), kernel }),
        reference: (arrays) => correlated(arrays[0], arrays[1], kernel, walk),
      },
    ];
  });

/** Name, x, w [I, O/groups, KH, KW], output height and width, how to walk, output padding. */
const transposedGeometries: readonly (readonly [
  string,
  Four,
  Four,
  readonly [number, number],
  Walk,
  number?,
])[] = [
  ['stride 1', [1, 2, 4, 3], [2, 3, 3, 3], [4, 3], { pads: [1, 1, 1, 1] }],
  ['stride 1 unpadded', [2, 2, 2, 3], [2, 2, 2, 2], [3, 4], {}],
  [
    'stride 2, output padding 1',
    [1, 3, 3, 4],
    [3, 2, 3, 3],
    [6, 8],
    { strides: [2, 2], pads: [1, 1, 1, 1] },
    1,
  ],
  ['stride 2, kernel 2', [1, 2, 3, 3], [2, 3, 2, 2], [6, 6], { strides: [2, 2] }],
  ['stride 2, asymmetric', [1, 2, 3, 4], [2, 2, 3, 3], [6, 8], { strides: [2, 2], pads: [0, 0, 1, 1] }],
  ['stride (2,1)', [1, 2, 3, 4], [2, 2, 3, 3], [5, 4], { strides: [2, 1], pads: [1, 1, 1, 1] }],
  ['stride 2, dilation 2', [1, 2, 3, 3], [2, 2, 2, 2], [7, 7], { strides: [2, 2], dilations: [2, 2] }],
  ['groups 2', [1, 4, 3, 3], [4, 1, 3, 3], [5, 5], { strides: [2, 2], pads: [1, 1, 1, 1], groups: 2 }],
];

const transposes = transposedGeometries.map(
  ([name, x, w, extent, walk, outputPadding]): OperatorCase => ({
    name: `convTranspose by options, ${name}`,
    inputs: [uniform(x), uniform(w)],
    build: (values) => convTranspose(values[0], values[1], { ...optionsOf(walk), outputPadding }),
    reference: (arrays) => spread(arrays[0], arrays[1], extent, walk),
  }),
);

const same: Walk = { pads: [1, 1, 1, 1] };
const double = (x: Value) => mul(x, 2);

const combinations: OperatorCase[] = [
  {
    name: 'flipKernel',
    inputs: [uniform([2, 3, 3, 2])],
    build: ([w]) => w.graph.apply(operators.flipKernel, [w], {}),
    reference: ([w]) => build(w.shape, ([o, i, a, b]) => at(w, [o, i, 2 - a, 1 - b])),
  },
  {
    name: 'conv with bias',
    inputs: [uniform([2, 2, 4, 3]), uniform([3, 2, 3, 3]), uniform([3])],
    build: ([x, w, bias]) => conv(x, w, { padding: 1, bias }),
    reference: ([x, w, bias]) => convolved(x, w, same, bias),
  },
  {
    name: 'conv 1x1 stride 2 with bias',
    inputs: [uniform([1, 2, 5, 5]), uniform([2, 2, 1, 1]), uniform([2])],
    build: ([x, w, bias]) => conv(x, w, { stride: 2, bias }),
    reference: ([x, w, bias]) => convolved(x, w, { strides: [2, 2] }, bias),
  },
  ...[0, 1].map(
    (target): OperatorCase => ({
      name: `conv of a concat of which part ${target} is a target`,
      inputs: [
        ...[0, 1].map((i) =>
          (i === target ? uniform : (shape: Four) => fed(uniform(shape)))([1, i + 2, 4, 4]),
        ),
        uniform([2, 5, 3, 3]),
      ],
      build: ([a, b, w]) => conv(concat([a, b], 1), w, { padding: 1 }),
      reference: ([a, b, w]) => convolved(concatenated([a, b], 1), w, same),
    }),
  ),
  {
    name: 'strided conv of a concat of which the middle is a target',
    inputs: [
      fed(uniform([1, 2, 6, 6])),
      uniform([1, 2, 6, 6]),
      constant(uniform([1, 1, 6, 6])),
      uniform([3, 5, 3, 3]),
    ],
    build: ([a, b, c, w]) => conv(concat([a, b, c], 1), w, { stride: 2, padding: [0, 0, 1, 1] }),
    reference: ([a, b, c, w]) =>
      convolved(concatenated([a, b, c], 1), w, { strides: [2, 2], pads: [0, 0, 1, 1] }),
  },
  {
    name: 'grouped conv of a concat of which part 1 is a target',
    inputs: [fed(uniform([1, 1, 4, 4])), uniform([1, 3, 4, 4]), uniform([2, 2, 3, 3])],
    build: ([a, b, w]) => conv(concat([a, b], 1), w, { padding: 1, groups: 2 }),
    reference: ([a, b, w]) => convolved(concatenated([a, b], 1), w, { ...same, groups: 2 }),
  },
  {
    name: 'conv of a concat of images',
    inputs: [uniform([1, 2, 3, 3]), fed(uniform([2, 2, 3, 3])), uniform([2, 2, 3, 3])],
    build: ([a, b, w]) => conv(concat([a, b], 0), w, { padding: 1 }),
    reference: ([a, b, w]) => convolved(concatenated([a, b], 0), w, same),
  },
  {
    name: 'conv of a gated concat',
    inputs: [uniform([2, 2, 3, 3]), fed(uniform([2, 2, 3, 3])), uniform([2, 1, 1, 1]), uniform([2, 4, 3, 3])],
    build: ([a, b, gate, w]) => conv(concat([a, mul(b, gate)], 1), w, { padding: 1 }),
    reference: ([a, b, gate, w]) =>
      convolved(concatenated([a, elementwise(b, gate)((x, y) => x * y)], 1), w, same),
  },
  {
    name: 'conv of an input with explicit zeros',
    inputs: [uniform([1, 2, 3, 3]), uniform([2, 2, 3, 3])],
    build: ([x, w]) => conv(pad(x, 2, 1, 1), w, { padding: [0, 1, 0, 1] }),
    reference: ([x, w]) => convolved(padded(x, [0, 0, 1, 0], [0, 0, 1, 0]), w, { pads: [0, 1, 0, 1] }),
  },
  {
    name: 'channels of a convTranspose',
    inputs: [uniform([1, 2, 3, 3]), uniform([2, 4, 3, 3])],
    build: ([x, w]) => slice(convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 }), 1, 1, 3),
    reference: ([x, w]) => sliced(spread(x, w, [6, 6], { strides: [2, 2], pads: [1, 1, 1, 1] }), 1, 1, 3),
  },
  {
    name: 'two convs that share weights',
    inputs: [uniform([1, 2, 4, 4]), uniform([2, 2, 3, 3])],
    build: ([x, w]) => conv(double(conv(x, w, { padding: 1 })), w, { padding: 1 }),
    reference: ([x, w]) =>
      convolved(
        elementwise(convolved(x, w, same))((v) => 2 * v),
        w,
        same,
      ),
  },
  {
    name: 'conv whose weights are its input',
    inputs: [uniform([2, 2, 3, 3])],
    build: ([x]) => conv(x, x, { padding: 1 }),
    reference: ([x]) => convolved(x, x, same),
  },
  ...[1, 3].map(
    (n): OperatorCase => ({
      name: `convs 1x1 through 24 channels, which do not fill their blocks, of ${n} images`,
      inputs: [
        uniform([n, 32, 4, 5]),
        uniform([24, 32, 1, 1]),
        uniform([24]),
        uniform([16, 24, 1, 1]),
        uniform([24, 16, 1, 1]),
        uniform([16, 24, 1, 1]),
      ],
      build: ([x, narrow, bias, wide, back, last]) => {
        const y = conv(x, narrow, { bias });
        return conv(add(conv(conv(y, wide), back), y), last);
      },
      reference: ([x, narrow, bias, wide, back, last]) => {
        const y = convolved(x, narrow, {}, bias);
        const z = convolved(convolved(y, wide, {}), back, {});
        return convolved(
          elementwise(z, y)((a, b) => a + b),
          last,
          {},
        );
      },
      tolerance: 2e-5,
    }),
  ),
  {
    name: 'the block of a MobileNet',
    inputs: [
      uniform([2, 16, 6, 8], 0.1, 0.5),
      uniform([32, 16, 1, 1], 0.1, 0.5),
      uniform([32], 0.1, 0.5),
      uniform([32, 1, 3, 3], 0.02, 0.1),
      uniform([32], 0.1, 0.5),
      uniform([24, 32, 1, 1]),
    ],
    build: ([x, expand, first, depthwise, second, project]) => {
      const y = relu6(conv(x, expand, { bias: first }));
      return conv(
        relu6(conv(y, depthwise, { stride: 2, padding: [0, 0, 1, 1], groups: 32, bias: second })),
        project,
      );
    },
    reference: ([x, expand, first, depthwise, second, project]) => {
      const walk: Walk = { strides: [2, 2], pads: [0, 0, 1, 1], groups: 32 };
      return convolved(convolved(convolved(x, expand, {}, first), depthwise, walk, second), project, {});
    },
  },
  {
    name: 'conv and relu',
    inputs: [uniform([1, 2, 4, 4], 0.5, 1), uniform([2, 2, 3, 3], 0.5, 1)],
    build: ([x, w]) => relu(conv(x, w, { padding: 1 })),
    reference: ([x, w]) => convolved(x, w, same),
  },
];

export const convCases: readonly OperatorCase[] = [
  ...convs,
  ...constantConvs,
  ...adjoints,
  ...transposes,
  ...combinations,
];
