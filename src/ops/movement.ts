import { formatShape, type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';

type Ints = readonly number[];

export const movementOperators = {
  reshape: {
    name: 'reshape',
    shape: ([x], { shape }, complain) => {
      if (sizeOf(x) !== sizeOf(shape))
        throw complain(`got ${formatShape(x)}, expected the size of ${formatShape(shape)}`);
      return shape;
    },
    gradient: ({ inputs: [x] }, dy) => reshape(dy, x.shape),
    forms: [
      {
        name: 'plain',
        emit: ({ inputs, attributes: { shape } }, [x], emitter) => emitter.reshape(x, shape, inputs[0].shape),
      },
    ],
  } satisfies Operator<{ shape: Ints }>,

  transpose: {
    name: 'transpose',
    shape: ([x], { order }, complain) => {
      if (
        !sameShape(
          [...order].sort((a, b) => a - b),
          x.map((_, axis) => axis),
        )
      ) {
        throw complain(`got axes ${order}, expected each axis of ${formatShape(x)} once`);
      }
      return order.map((axis) => x[axis]);
    },
    gradient: ({ attributes: { order } }, dy) =>
      transpose(
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { order } }, [x], emitter) => emitter.node('Transpose', [x], { perm: order }),
      },
    ],
  } satisfies Operator<{ order: Ints }>,

  concat: {
    name: 'concat',
    shape: (shapes, { axis }, complain) => {
      const rest = (shape: Shape) => shape.filter((_, a) => a !== axis);
      for (const shape of shapes) {
        if (!(axis >= 0 && axis < shape.length) || !sameShape(rest(shape), rest(shapes[0]))) {
          throw complain(
            `got ${shapes.map(formatShape).join(' and ')}, expected equal extents but along axis ${axis}`,
          );
        }
      }
      return shapes[0].map((extent, a) =>
        a === axis ? shapes.reduce((all, shape) => all + shape[a], 0) : extent,
      );
    },
    gradient: ({ inputs, attributes: { axis } }, dy, index) => {
      const start = inputs.slice(0, index).reduce((all, input) => all + input.shape[axis], 0);
      return slice(dy, axis, start, start + inputs[index].shape[axis]);
    },
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { axis } }, inputs, emitter) => emitter.node('Concat', inputs, { axis }),
      },
    ],
  } satisfies Operator<{ axis: number }>,

  /** Elements start, start + step, .. before stop, along one axis. */
  slice: {
    name: 'slice',
    shape: ([x], { axis, start, stop, step }, complain) => {
      if (!(axis < x.length && start >= 0 && start < stop && stop <= x[axis] && step >= 1)) {
        throw complain(`got ${start}:${stop}:${step} of axis ${axis}, expected a part of ${formatShape(x)}`);
      }
      return x.map((extent, a) => (a === axis ? Math.ceil((stop - start) / step) : extent));
    },
    gradient: ({ inputs: [x], attributes: { axis, start, step } }, dy) => {
      const spread = step === 1 ? dy : interleaveZeros(dy, axis, step);
      const after = x.shape[axis] - start - spread.shape[axis];
      return after >= 0
        ? pad(spread, axis, start, after)
        : pad(slice(spread, axis, 0, x.shape[axis] - start), axis, start, 0);
    },
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { axis, start, stop, step } }, [x], emitter) =>
          emitter.node('Slice', [x, ...[start, stop, axis, step].map((value) => emitter.ints([value]))]),
      },
    ],
  } satisfies Operator<{ axis: number; start: number; stop: number; step: number }>,

  /** Zeros before and after each axis. */
  pad: {
    name: 'pad',
    shape: ([x], { before, after }, complain) => {
      if (
        before.length !== x.length ||
        after.length !== x.length ||
        [...before, ...after].some((count) => count < 0)
      ) {
        throw complain(
          `got padding ${before} and ${after}, expected two counts from 0 an axis of ${formatShape(x)}`,
        );
      }
      return x.map((extent, axis) => before[axis] + extent + after[axis]);
    },
    gradient: ({ inputs: [x], attributes: { before } }, dy) =>
      x.shape.reduce((part, extent, axis) => slice(part, axis, before[axis], before[axis] + extent), dy),
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { before, after } }, [x], emitter) =>
          emitter.node('Pad', [x, emitter.ints([...before, ...after])]),
      },
    ],
  } satisfies Operator<{ before: Ints; after: Ints }>,
};

/** The same elements, row-major, in another shape. */
export function reshape(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply(movementOperators.reshape, [x], { shape });
}

/** Axis i of the result is axis order[i] of x. */
export function transpose(x: Value, order: Ints): Value {
  return x.graph.apply(movementOperators.transpose, [x], { order });
}

/** Parts one after another along an axis. */
export function concat(parts: readonly Value[], axis: number): Value {
  return parts.length === 1 ? parts[0] : parts[0].graph.apply(movementOperators.concat, parts, { axis });
}

/** Elements start, start + step, .. before stop along one axis. */
export function slice(x: Value, axis: number, start: number, stop: number, step = 1): Value {
  if (start === 0 && stop === x.shape[axis] && step === 1) return x;
  return x.graph.apply(movementOperators.slice, [x], { axis, start, stop, step });
}

/** Zeros before and after: along one axis, or along each. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  const counts = (count: number) => x.shape.map((_, a) => (a === axis ? count : 0));
  return padAll(x, counts(before), counts(after));
}

/** Zeros before and after each axis; two counts an axis. */
export function padAll(x: Value, before: Ints, after: Ints): Value {
  if ([...before, ...after].every((count) => count === 0)) return x;
  return x.graph.apply(movementOperators.pad, [x], { before, after });
}

/** step - 1 zeros behind every element along an axis. */
function interleaveZeros(x: Value, axis: number, step: number): Value {
  const { shape } = x;
  const column = reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  return reshape(
    pad(column, axis + 1, 0, step - 1),
    shape.map((extent, a) => (a === axis ? extent * step : extent)),
  );
}
