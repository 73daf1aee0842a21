import { formatShape, type Shape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Emitter, Operator } from '../graph/operator.ts';
import type { OnnxAttribute } from '../onnx/model.ts';
import { STEEP } from '../ops/elementwise.ts';
import type { MaxPoolAttributes } from '../ops/pool.ts';

/** The runtime's own domain of operators on blocked images. They take images as [N, C, H, W], whatever lies in memory. */
const DOMAIN = 'com.microsoft.nchwc';

type Complain = (problem: string) => Error;
const misfit = (complain: Complain, shapes: readonly Shape[], expected: string) =>
  complain(`got ${shapes.map(formatShape).join(', ')}, expected ${expected}`);

/** [N, C/c, H, W, c] as the runtime's operators call it. */
const declared = ([n, blocks, h, w, c]: Shape): Shape => [n, blocks * c, h, w];

/** How a blocked convolution walks over its image, and what is done in the same pass. */
interface Walk extends Readonly<Record<string, number | string | boolean | readonly number[]>> {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly groups: number;
  /** Whether a bias [C] is the next input. */
  readonly bias: boolean;
  /** Whether an image that is added to the output is the last input. */
  readonly sum: boolean;
  readonly activation: '' | 'Relu' | 'Relu6' | 'Step';
}

export type WalkOptions = Partial<Pick<Walk, 'strides' | 'pads' | 'dilations' | 'groups' | 'activation'>> & {
  readonly bias?: Value;
  readonly sum?: Value;
};

const extents = (x: readonly number[], kernel: readonly number[], { strides, pads, dilations }: Walk) =>
  x.map(
    (size, axis) =>
      Math.floor(
        (size + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis],
      ) + 1,
  );

const ACTIVATIONS: Readonly<Record<Walk['activation'], Record<string, OnnxAttribute>>> = {
  '': {},
  Relu: { activation: 'Relu' },
  Relu6: { activation: 'Clip', activation_params: { floats: [0, 6] } },
  Step: { activation: 'HardSigmoid', activation_params: { floats: [STEEP, 0] } },
};

function emitConvolution(
  emitter: Emitter,
  tensors: readonly string[],
  { x, w, y, kernel, groups }: { x: Shape; w: Shape; y: Shape; kernel: Shape; groups: number },
  { strides, pads, dilations, bias, sum, activation }: Walk,
): string {
  const [image, weights, ...rest] = tensors;
  const inputs = [emitter.reshape(image, x), emitter.reshape(weights, w)];
  if (bias || sum) inputs.push(bias ? rest[0] : '');
  if (sum) inputs.push(emitter.reshape(rest.at(-1)!, declared(y)));
  const output = emitter.node(
    'Conv',
    inputs,
    { kernel_shape: kernel, strides, pads, dilations, group: groups, ...ACTIVATIONS[activation] },
    DOMAIN,
  );
  return emitter.reshape(output, y, declared(y));
}

export const blockedOperators = {
  /** [N, C, H, W] -> [N, C/c, H, W, c]; what does not fill the last block is 0. */
  blockImage: {
    name: 'blockImage',
    shape: ([x], { block }) => [x[0], Math.ceil(x[1] / block), x[2], x[3], block],
    forms: [
      {
        name: 'reordered by the runtime',
        emit: ({ output }, [x], emitter) =>
          emitter.reshape(
            emitter.node('ReorderInput', [x], {}, DOMAIN),
            output.shape,
            declared(output.shape),
          ),
      },
    ],
  } satisfies Operator<{ block: number }>,

  /** [N, C/c, H, W, c] -> [N, C, H, W]. */
  unblockImage: {
    name: 'unblockImage',
    shape: ([[n, , h, w]], { channels }) => [n, channels, h, w],
    forms: [
      {
        name: 'reordered by the runtime',
        emit: ({ inputs: [x], attributes: { channels } }, [tensor], emitter) =>
          emitter.node('ReorderOutput', [emitter.reshape(tensor, declared(x.shape))], { channels }, DOMAIN),
      },
    ],
  } satisfies Operator<{ channels: number }>,

  /** [.., M, c] -> [.., c, M]: the last two axes exchanged, many times as fast as a transpose. */
  swapLanes: {
    name: 'swapLanes',
    shape: ([x]) => [...x.slice(0, -2), x.at(-1)!, x.at(-2)!],
    forms: [
      {
        name: 'reordered by the runtime',
        emit: ({ inputs: [x], output }, [tensor], emitter) => {
          const [m, c] = x.shape.slice(-2);
          const rows = x.shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
          const shape = [rows, c, 1, m];
          const swapped = emitter.node(
            'ReorderOutput',
            [emitter.reshape(tensor, shape)],
            { channels: c },
            DOMAIN,
          );
          return emitter.reshape(swapped, output.shape, shape);
        },
      },
    ],
  } satisfies Operator<Readonly<Record<string, never>>>,

  /** Element q of the last axis becomes element q + by; beyond the end lies 0. One pass, where slice and pad take two. */
  shiftLast: {
    name: 'shiftLast',
    shape: ([x]) => x,
    forms: [
      {
        name: 'padding below zero',
        emit: ({ inputs: [x], attributes: { by } }, [tensor], emitter) => {
          const rest = x.shape.slice(1).map(() => 0);
          return emitter.node('Pad', [tensor, emitter.ints([...rest, -by, ...rest, by])]);
        },
      },
    ],
  } satisfies Operator<{ by: number }>,

  /** Elements by their positions along the first axis. */
  take: {
    name: 'take',
    shape: ([x], { positions }) => [positions.length, ...x.slice(1)],
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { positions } }, [x], emitter) =>
          emitter.node('Gather', [x, emitter.ints(positions)], { axis: 0 }),
      },
    ],
  } satisfies Operator<{ positions: readonly number[] }>,

  /**
   * x [N, I/c, H, W, c] * w [O/c, I/c/groups, KH, KW, c of I, c of O] (+ bias [O]) (+ sum, an image) -> [N, O/c, H', W', c].
   */
  blockedConv: {
    name: 'blockedConv',
    shape: ([x, w], walk, complain) => {
      if (x.length !== 5 || w.length !== 6 || x[1] !== w[1] * walk.groups || w[0] % walk.groups)
        throw misfit(complain, [x, w], '[N, I/c, H, W, c] and [O/c, I/c, KH, KW, c, c]');
      return [x[0], w[0], ...extents(x.slice(2, 4), w.slice(2, 4), walk), x[4]];
    },
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x, w], output, attributes }, tensors, emitter) => {
          const [o, i, kh, kw, c] = w.shape;
          const shapes = {
            x: declared(x.shape),
            w: [o * c, i * c, kh, kw],
            y: output.shape,
            kernel: [kh, kw],
            groups: attributes.groups,
          };
          return emitConvolution(emitter, tensors, shapes, attributes);
        },
      },
    ],
  } satisfies Operator<Walk>,

  /** Each channel by itself: x [N, C/c, H, W, c] * w [C/c, KH, KW, c] (+ bias [C]) (+ sum) -> [N, C/c, H', W', c]. */
  channelConv: {
    name: 'channelConv',
    shape: ([x, w], walk, complain) => {
      if (x.length !== 5 || w.length !== 4 || x[1] !== w[0] || x[4] !== w[3])
        throw misfit(complain, [x, w], '[N, C/c, H, W, c] and [C/c, KH, KW, c]');
      return [x[0], x[1], ...extents(x.slice(2, 4), w.slice(1, 3), walk), x[4]];
    },
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x, w], output, attributes }, tensors, emitter) => {
          const [blocks, kh, kw, c] = w.shape;
          const shapes = {
            x: declared(x.shape),
            w: [blocks * c, 1, kh, kw],
            y: output.shape,
            kernel: [kh, kw],
            groups: blocks * c,
          };
          return emitConvolution(emitter, tensors, shapes, attributes);
        },
      },
    ],
  } satisfies Operator<Walk>,

  /** Of a plain image of few channels: x [N, I, H, W], I < c, * w [O/c, I, KH, KW, c] (+ bias [O]) -> [N, O/c, H', W', c]. */
  thinConv: {
    name: 'thinConv',
    shape: ([x, w], walk, complain) => {
      if (x.length !== 4 || w.length !== 5 || x[1] !== w[1] || x[1] >= w[4])
        throw misfit(complain, [x, w], '[N, I, H, W] and [O/c, I, KH, KW, c]');
      return [x[0], w[0], ...extents(x.slice(2, 4), w.slice(2, 4), walk), w[4]];
    },
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x, w], output, attributes }, tensors, emitter) => {
          const [blocks, i, kh, kw, c] = w.shape;
          const shapes = {
            x: x.shape,
            w: [blocks * c, i, kh, kw],
            y: output.shape,
            kernel: [kh, kw],
            groups: 1,
          };
          return emitConvolution(emitter, tensors, shapes, attributes);
        },
      },
    ],
  } satisfies Operator<Walk>,

  /** Means of each channel of each image: [N, C/c, H, W, c] -> [N, C]. */
  channelMeans: {
    name: 'channelMeans',
    shape: ([[n, blocks, , , c]]) => [n, blocks * c],
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x], output }, [tensor], emitter) =>
          emitter.reshape(
            emitter.node('GlobalAveragePool', [emitter.reshape(tensor, declared(x.shape))], {}, DOMAIN),
            output.shape,
            [...output.shape, 1, 1],
          ),
      },
    ],
  } satisfies Operator<Readonly<Record<string, never>>>,

  /** Nearest enlargement of [N, C/c, H, W, c]. */
  blockedUpsample: {
    name: 'blockedUpsample',
    shape: ([[n, blocks, h, w, c]], { factor }) => [n, blocks, h * factor, w * factor, c],
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x], output, attributes: { factor } }, [tensor], emitter) =>
          emitter.reshape(
            emitter.node(
              'Upsample',
              [emitter.reshape(tensor, declared(x.shape))],
              { scales: [1, 1, factor, factor] },
              DOMAIN,
            ),
            output.shape,
            declared(output.shape),
          ),
      },
    ],
  } satisfies Operator<{ factor: number }>,

  /** The largest of each window of [N, C/c, H, W, c]. */
  blockedMaxPool: {
    name: 'blockedMaxPool',
    shape: ([[n, blocks, h, w, c]], { kernel, stride, padding }) => [
      n,
      blocks,
      ...[h, w].map((size) => Math.floor((size + 2 * padding - kernel) / stride) + 1),
      c,
    ],
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x], output, attributes: { kernel, stride, padding } }, [tensor], emitter) =>
          emitter.reshape(
            emitter.node(
              'MaxPool',
              [emitter.reshape(tensor, declared(x.shape))],
              {
                kernel_shape: [kernel, kernel],
                strides: [stride, stride],
                pads: [padding, padding, padding, padding],
              },
              DOMAIN,
            ),
            output.shape,
            declared(output.shape),
          ),
      },
    ],
  } satisfies Operator<MaxPoolAttributes>,

  /** Means over factor x factor cells of [N, C/c, H, W, c]. */
  blockedAveragePool: {
    name: 'blockedAveragePool',
    shape: ([[n, blocks, h, w, c]], { factor }) => [n, blocks, h / factor, w / factor, c],
    forms: [
      {
        name: 'by the runtime',
        emit: ({ inputs: [x], output, attributes: { factor } }, [tensor], emitter) =>
          emitter.reshape(
            emitter.node(
              'AveragePool',
              [emitter.reshape(tensor, declared(x.shape))],
              { kernel_shape: [factor, factor], strides: [factor, factor] },
              DOMAIN,
            ),
            output.shape,
            declared(output.shape),
          ),
      },
    ],
  } satisfies Operator<{ factor: number }>,
};

function walkOf({ strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], ...rest }: WalkOptions): Walk {
  const { groups = 1, activation = '', bias, sum } = rest;
  return { strides, pads, dilations, groups, activation, bias: !!bias, sum: !!sum };
}

const withRest = (x: Value, w: Value, { bias, sum }: WalkOptions) => [
  x,
  w,
  ...(bias ? [bias] : []),
  ...(sum ? [sum] : []),
];

export function blockedConv(x: Value, w: Value, options: WalkOptions = {}): Value {
  return x.graph.apply(blockedOperators.blockedConv, withRest(x, w, options), walkOf(options));
}

export function channelConv(x: Value, w: Value, options: WalkOptions = {}): Value {
  return x.graph.apply(blockedOperators.channelConv, withRest(x, w, options), walkOf(options));
}

export function thinConv(x: Value, w: Value, options: WalkOptions = {}): Value {
  return x.graph.apply(blockedOperators.thinConv, withRest(x, w, options), walkOf(options));
}

/** [.., M, c] -> [.., c, M]. */
export function swapLanes(x: Value): Value {
  return x.graph.apply(blockedOperators.swapLanes, [x], {});
}

/** Element q of the last axis becomes element q + by; beyond the end lies 0. */
export function shiftLast(x: Value, by: number): Value {
  return by === 0 ? x : x.graph.apply(blockedOperators.shiftLast, [x], { by });
}

/** Elements by their positions along the first axis. */
export function take(x: Value, positions: readonly number[]): Value {
  if (positions.length === x.shape[0] && positions.every((position, i) => position === i)) return x;
  return x.graph.apply(blockedOperators.take, [x], { positions });
}
