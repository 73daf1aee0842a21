import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { type Node, nodeOf, type Value } from '../graph/graph.ts';
import { mul, neg } from '../ops/elementwise.ts';
import { concat, pad, reshape, slice } from '../ops/movement.ts';
import { sum, sumOfSquares } from '../ops/reduce.ts';
import { type Blocking, image, kernel, plain, type Rule } from './blocking.ts';
import { blockedConv, blockedOperators, channelConv, thinConv, type WalkOptions } from './operators.ts';

/** What an operand of an elementwise operator is to an image [N, C, H, W]. */
function kindOf(operand: Value, shape: Shape): 'scalar' | 'whole' | 'channels' | 'images' | 'other' {
  if (sizeOf(operand.shape) === 1) return 'scalar';
  if (sameShape(operand.shape, shape)) return 'whole';
  if (sameShape(operand.shape, [shape[0], 1, 1, 1])) return 'images';
  return sameShape(operand.shape, [1, shape[1], 1, 1]) ? 'channels' : 'other';
}

const scalarOf = (blocking: Blocking, value: Value) => reshape(blocking.plain(value), []);

/** Operators of which 0 is a fixed point: what fills up the last block stays 0. */
const KEEPS_ZEROS = ['add', 'sub', 'mul', 'relu', 'relu6'];

/** Elementwise operators of whole images, scalars and numbers an image work in any layout. */
const onImages: Rule = (blocking, { operator, inputs, attributes, output }) => {
  const kinds = inputs.map((input) => kindOf(input, output.shape));
  if (kinds.some((kind) => kind === 'channels' || kind === 'other')) return undefined;
  if (!inputs.some((input) => blocking.is(input, 'image'))) return undefined;
  const whole = KEEPS_ZEROS.includes(operator.name) && kinds.every((kind) => kind === 'whole');
  if (!blocking.fits(output.shape, 'image') && !whole) return undefined;
  const written = inputs.map((input, i) => {
    if (kinds[i] === 'whole') return blocking.image(input);
    if (kinds[i] === 'scalar') return scalarOf(blocking, input);
    return reshape(blocking.plain(input), [input.shape[0], 1, 1, 1, 1]);
  });
  return image(blocking.graph.apply(operator, written, attributes));
};

/** And of whole kernels, of which the optimizers are made; numbers of the first or second axis broadcast. */
const onKernels: Rule = (blocking, { operator, inputs, attributes, output }) => {
  const { shape } = output;
  const c = blocking.block;
  if (!inputs.some((input) => blocking.is(input, 'kernel')) || !blocking.fits(shape, 'kernel'))
    return undefined;
  const written = inputs.map((input) => {
    if (sizeOf(input.shape) === 1) return scalarOf(blocking, input);
    if (sameShape(input.shape, shape)) return blocking.kernel(input);
    if (sameShape(input.shape, [shape[0], 1, 1, 1]))
      return reshape(blocking.plain(input), [shape[0] / c, 1, 1, 1, 1, c]);
    if (sameShape(input.shape, [1, shape[1], 1, 1]))
      return reshape(blocking.plain(input), [shape[1] / c, 1, 1, c, 1]);
    return undefined;
  });
  if (written.includes(undefined)) return undefined;
  return kernel(blocking.graph.apply(operator, written as Value[], attributes));
};

/** An image and a number a channel: one convolution 1x1 for each channel, where broadcasting rows of lanes takes five times as long. */
const byChannel: Rule = (blocking, { operator, inputs: [a, b], output }) => {
  if (!blocking.fits(output.shape, 'image')) return undefined;
  const [x, numbers] = kindOf(a, output.shape) === 'whole' ? [a, b] : [b, a];
  if (!blocking.is(x, 'image') || kindOf(numbers, output.shape) !== 'channels') return undefined;
  if (kindOf(x, output.shape) !== 'whole') return undefined;
  const { graph } = blocking;
  const [, channels] = output.shape;
  if (operator.name === 'mul') return image(channelConv(blocking.image(x), blocking.channels(numbers)));
  if (operator.name === 'sub' && x !== a) return undefined;
  const ones = graph.constant(new Float32Array(channels).fill(1), [
    channels / blocking.block,
    1,
    1,
    blocking.block,
  ]);
  const shift = reshape(blocking.plain(numbers), [channels]);
  const bias = operator.name === 'sub' ? neg(shift) : shift;
  return image(channelConv(blocking.image(x), ones, { bias }));
};

const convolutions = { blockedConv, channelConv, thinConv };

/** A convolution that a later pass over its output may be written into: nobody else reads it. */
function openConvolution(blocking: Blocking, value: Value): Node | undefined {
  if (!blocking.is(value, 'image') || blocking.uses(value) > 1) return undefined;
  const node = nodeOf(blocking.image(value));
  return node && node.operator.name in convolutions && !node.attributes.activation ? node : undefined;
}

/** The same convolution with a sum or an activation in its pass. */
function extended({ operator, inputs, attributes }: Node, more: WalkOptions): Value {
  const { strides, pads, dilations, groups } = attributes as unknown as Required<WalkOptions>;
  const options = {
    strides,
    pads,
    dilations,
    groups,
    bias: attributes.bias ? inputs[2] : undefined,
    sum: attributes.sum ? inputs.at(-1) : undefined,
    ...more,
  };
  return convolutions[operator.name as keyof typeof convolutions](inputs[0], inputs[1], options);
}

/** An image that is added to a convolution is added by it: a pass less over both. */
const addedByConvolution: Rule = (blocking, { inputs: [a, b], output }) => {
  if (!sameShape(a.shape, b.shape) || output.shape.length !== 4) return undefined;
  for (const [convolved, other] of [
    [b, a],
    [a, b],
  ]) {
    const node = openConvolution(blocking, convolved);
    if (!node || node.attributes.sum) continue;
    if (!blocking.is(other, 'image') && !blocking.fits(output.shape, 'image')) continue;
    return image(extended(node, { sum: blocking.image(other) }));
  }
  return undefined;
};

/** So is an activation. */
const activatedByConvolution =
  (activation: 'Relu' | 'Relu6'): Rule =>
  (blocking, { inputs: [x] }) => {
    const node = openConvolution(blocking, x);
    return node && image(extended(node, { activation }));
  };

const affine: Rule = (blocking, { inputs: [x, scale, shift] }) => {
  if (!blocking.is(x, 'image') || !blocking.fits(x.shape, 'image')) return undefined;
  return image(channelConv(blocking.image(x), blocking.channels(scale), { bias: blocking.plain(shift) }));
};

/**
 * Sums of a channel over all else: of an image by the runtime's means; of a product of two images as a convolution of one
 * with the other, which reads both once and writes nothing.
 */
const channelSums: Rule = (blocking, { inputs: [x], attributes }) => {
  if (`${attributes.axes}` !== '0,2,3') return undefined;
  if (!blocking.fits(x.shape, 'image') && !blocking.is(x, 'image')) return undefined;
  // A product that others read too is there already, and one image is read sooner than two.
  const factors = blocking.uses(x) === 1 && blocking.fits(x.shape, 'image') ? factorsOf(x) : undefined;
  if (
    factors?.some((factor) => blocking.is(factor, 'image')) &&
    factors.every(({ shape }) => sameShape(shape, x.shape))
  )
    return plain(dot(blocking.image(factors[0]), blocking.image(factors[1])));
  if (!blocking.is(x, 'image')) return undefined;
  const [, channels, h, w] = x.shape;
  const means = blocking.graph.apply(blockedOperators.channelMeans, [blocking.image(x)], {});
  const sums = mul(sum(means, [0]), h * w);
  // What fills up the last block has sums, too.
  return plain(reshape(slice(sums, 1, 0, channels), [1, channels, 1, 1]));
};

function factorsOf(value: Value): readonly [Value, Value] | undefined {
  const node = nodeOf(value);
  if (node?.operator.name === 'mul') return [node.inputs[0], node.inputs[1]];
  if (node?.operator.name === 'square') return [node.inputs[0], node.inputs[0]];
  return undefined;
}

/** Sums of a b over all but the channels: two images [N, C/c, H, W, c] -> [1, C, 1, 1]. */
function dot(a: Value, b: Value): Value {
  const [n, blocks, h, w, c] = a.shape;
  const products = channelConv(reshape(a, [1, n * blocks, h, w, c]), reshape(b, [n * blocks, h, w, c]));
  return reshape(sum(reshape(products, [n, blocks * c]), [0]), [1, blocks * c, 1, 1]);
}

/** Sums over everything do not care for the layout. */
const sumOfAll: Rule = (blocking, { inputs: [x], attributes, output }) => {
  if ((attributes.axes as readonly number[]).length !== x.shape.length) return undefined;
  const layout = wholeLayout(blocking, x);
  return layout && plain(reshape(sum(blocking.in(layout, x)), output.shape));
};

const squaresOfAll: Rule = (blocking, { inputs: [x] }) => {
  const layout = wholeLayout(blocking, x);
  return layout && plain(sumOfSquares(blocking.in(layout, x)));
};

/** The blocks that a value lies in, if nothing but its elements is in them. */
function wholeLayout(blocking: Blocking, x: Value): 'kernel' | 'image' | undefined {
  return (['kernel', 'image'] as const).find((each) => blocking.is(x, each) && blocking.fits(x.shape, each));
}

/** Parts of whole blocks along the first two axes. */
const parts: Rule = (blocking, { operator, inputs: [x], attributes, output }) => {
  const layout = (['kernel', 'image'] as const).find((each) => blocking.is(x, each));
  if (!layout || !blocking.fits(x.shape, layout) || !blocking.fits(output.shape, layout)) return undefined;
  const blocks = (axis: number, count: number) => {
    const size = axis === 1 || (axis === 0 && layout === 'kernel') ? blocking.block : 1;
    return count / size;
  };
  if (operator.name === 'slice') {
    const { axis, start, stop, step } = attributes as Record<string, number>;
    const [from, to] = [blocks(axis, start), blocks(axis, stop)];
    if (step !== 1 || !Number.isInteger(from) || !Number.isInteger(to)) return undefined;
    return { layout, value: slice(blocking.in(layout, x), axis, from, to) };
  }
  const { before, after } = attributes as Record<string, readonly number[]>;
  const axes = before.flatMap((count, axis) => (count || after[axis] ? [axis] : []));
  const counts = axes.map((axis) => [blocks(axis, before[axis]), blocks(axis, after[axis])]);
  if (counts.flat().some((count) => !Number.isInteger(count))) return undefined;
  const padded = axes.reduce(
    (value, axis, i) => pad(value, axis, counts[i][0], counts[i][1]),
    blocking.in(layout, x),
  );
  return { layout, value: padded };
};

const joined: Rule = (blocking, { inputs, attributes, output }) => {
  const layout = (['kernel', 'image'] as const).find((each) =>
    inputs.some((input) => blocking.is(input, each)),
  );
  if (!layout || ![output, ...inputs].every(({ shape }) => blocking.fits(shape, layout))) return undefined;
  return {
    layout,
    value: concat(
      inputs.map((input) => blocking.in(layout, input)),
      attributes.axis as number,
    ),
  };
};

const resized =
  (name: 'blockedUpsample' | 'blockedAveragePool'): Rule =>
  (blocking, { inputs: [x], attributes }) =>
    blocking.is(x, 'image') && blocking.fits(x.shape, 'image')
      ? image(
          blocking.graph.apply(blockedOperators[name], [blocking.image(x)], attributes as { factor: number }),
        )
      : undefined;

const anywhere = [onImages, onKernels];
const withChannels = [byChannel, ...anywhere];

export const elementwiseRules: Readonly<Record<string, readonly Rule[]>> = {
  add: [addedByConvolution, ...withChannels],
  sub: withChannels,
  mul: withChannels,
  relu: [activatedByConvolution('Relu'), ...anywhere],
  relu6: [activatedByConvolution('Relu6'), ...anywhere],
  ...Object.fromEntries(
    ['div', 'minimum', 'maximum', 'neg', 'abs', 'exp', 'log', 'sqrt', 'sigmoid', 'step', 'sign'].map(
      (name) => [name, anywhere],
    ),
  ),
  affine: [affine],
  sum: [channelSums, sumOfAll],
  sumOfSquares: [squaresOfAll],
  slice: [parts],
  pad: [parts],
  concat: [joined],
  upsampleNearest: [resized('blockedUpsample')],
  averagePool: [resized('blockedAveragePool')],
};
