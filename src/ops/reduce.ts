import { broadcastShapes, formatShape, type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { exp, mul, sub } from './elementwise.ts';
import { reshape } from './movement.ts';

export interface Axes extends Readonly<Record<string, readonly number[]>> {
  readonly axes: readonly number[];
}

type None = Readonly<Record<string, never>>;

const keptShape = (shape: Shape, axes: readonly number[]) =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));

export const reduceOperators = {
  /** Sum over some axes, which are kept with extent 1. */
  sum: {
    name: 'sum',
    shape: ([x], { axes }, complain) => {
      if (axes.some((axis) => !(axis >= 0 && axis < x.length))) {
        throw complain(`got axes ${axes}, expected axes of ${formatShape(x)}`);
      }
      return keptShape(x, axes);
    },
    gradient: ({ inputs: [x] }, dy) => broadcastTo(dy, x.shape),
    forms: [
      {
        // Short sums of sums lose fewer digits than long ones, and rows lie together.
        name: 'images first',
        fits: ({ inputs: [x], attributes: { axes } }) => x.shape.length === 4 && `${axes}` === '0,2,3',
        emit: ({ attributes: { axes } }, [x], emitter) => {
          const ofImages = emitter.node('ReduceSum', [x, emitter.ints(axes.slice(1))], { keepdims: 1 });
          return emitter.node('ReduceSum', [ofImages, emitter.ints([0])], { keepdims: 1 });
        },
      },
      {
        name: 'plain',
        emit: ({ attributes: { axes } }, [x], emitter) =>
          emitter.node('ReduceSum', [x, emitter.ints(axes)], { keepdims: 1 }),
      },
    ],
  } satisfies Operator<Axes>,

  /** The adjoint of sums: repeated along axes that are new or of extent 1. */
  broadcastTo: {
    name: 'broadcastTo',
    shape: ([x], { shape }, complain) => {
      const result = broadcastShapes(x, shape);
      if (!result || !sameShape(result, shape)) {
        throw complain(`got ${formatShape(x)}, expected a shape that broadcasts to ${formatShape(shape)}`);
      }
      return shape;
    },
    gradient: ({ inputs: [x] }, dy): Value => sumTo(dy, x.shape),
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { shape } }, [x], emitter) => emitter.node('Expand', [x, emitter.ints(shape)]),
      },
    ],
  } satisfies Operator<{ shape: readonly number[] }>,

  /** Sum of the squares of all elements, a scalar. One pass over x, where squaring and summing take two. */
  sumOfSquares: {
    name: 'sumOfSquares',
    shape: () => [],
    gradient: ({ inputs: [x] }, dy) => mul(x, mul(dy, 2)),
    forms: [
      {
        name: 'plain',
        emit: (_, [x], emitter) => emitter.node('ReduceSumSquare', [x], { keepdims: 0 }),
      },
    ],
  } satisfies Operator<None>,

  /** The sum of several tensors of one shape. */
  total: {
    name: 'total',
    shape: (shapes, _, complain) => {
      if (shapes.length === 0 || shapes.some((shape) => !sameShape(shape, shapes[0])))
        throw complain(`got ${shapes.map(formatShape).join(', ')}, expected tensors of one shape`);
      return shapes[0];
    },
    gradient: (_, dy) => dy,
    forms: [{ name: 'plain', emit: (_, tensors, emitter) => emitter.node('Sum', tensors) }],
  } satisfies Operator<None>,

  /** Logarithm of the softmax over one axis. */
  logSoftmax: {
    name: 'logSoftmax',
    shape: ([x], { axis }, complain) => {
      if (!(axis >= 0 && axis < x.length))
        throw complain(`got axis ${axis}, expected one of ${formatShape(x)}`);
      return x;
    },
    gradient: ({ output, attributes: { axis } }, dy) => sub(dy, mul(exp(output), sum(dy, [axis]))),
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { axis } }, [x], emitter) => emitter.node('LogSoftmax', [x], { axis }),
      },
    ],
  } satisfies Operator<{ axis: number }>,
};

const allAxes = (x: Value) => x.shape.map((_, axis) => axis);

/** Sum over axes (default all), which stay with extent 1. */
export function sum(x: Value, axes: readonly number[] = allAxes(x)): Value {
  return axes.length === 0
    ? x
    : x.graph.apply(reduceOperators.sum, [x], { axes: [...axes].sort((a, b) => a - b) });
}

/** x repeated to a shape that it broadcasts to. */
export function broadcastTo(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply(reduceOperators.broadcastTo, [x], { shape });
}

/** Sum of the squares of all elements: a scalar. */
export function sumOfSquares(x: Value): Value {
  return x.graph.apply(reduceOperators.sumOfSquares, [x], {});
}

/** The sum of tensors of one shape, at least one. */
export function total(values: readonly Value[]): Value {
  return values.length === 1 ? values[0] : values[0].graph.apply(reduceOperators.total, values, {});
}

/** Mean over axes (default all), which stay with extent 1. */
export function mean(x: Value, axes: readonly number[] = allAxes(x)): Value {
  return mul(sum(x, axes), 1 / sizeOf(axes.map((axis) => x.shape[axis])));
}

/** A tensor of one element as a scalar. */
export function scalar(x: Value): Value {
  return reshape(x, []);
}

/** log(softmax(x)) over one axis. */
export function logSoftmax(x: Value, axis: number): Value {
  return x.graph.apply(reduceOperators.logSoftmax, [x], { axis });
}

/** Sums over the axes that broadcasting from `shape` has added or stretched: its reverse. */
export function sumTo(x: Value, shape: Shape): Value {
  const added = x.shape.length - shape.length;
  const axes = allAxes(x).filter(
    (axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1),
  );
  const summed = sum(x, axes);
  return sameShape(summed.shape, shape)
    ? summed
    : added > 0
      ? reshape(summed, shape)
      : broadcastTo(summed, shape);
}

export function zeros(graph: Graph, shape: Shape): Value {
  return broadcastTo(graph.constant(0), shape);
}
