import { type Pass, rewriting } from '../graph/pass.ts';
import { movementOperators, reshape } from '../ops/movement.ts';

/** Where all axes of more than one element keep their order no number moves: a reshape copies nothing. */
export const transposeOfSingle: Pass = {
  name: 'transposition that moves no number',
  rewrites: rewriting(movementOperators.transpose, ({ inputs: [x], attributes: { order } }) => {
    const moved = order.filter((axis) => x.shape[axis] !== 1);
    if (!moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return undefined;
    return reshape(
      x,
      order.map((axis) => x.shape[axis]),
    );
  }),
};
