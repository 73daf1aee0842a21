import type { Value } from '../graph/graph.ts';
import { concat, reshape } from '../ops/movement.ts';

/** Images [N, C/c, H, W, c] of even and odd rows, of each even and odd columns -> [N, C/c, 2H, 2W, c]. */
export function laced(phases: readonly (readonly Value[])[]): Value {
  const [n, blocks, h, w, c] = phases[0][0].shape;
  const rows = phases.map((columns) =>
    reshape(
      concat(
        columns.map((each) => reshape(each, [n * blocks * h * w, c])),
        1,
      ),
      [n * blocks * h, 2 * w * c],
    ),
  );
  return reshape(concat(rows, 1), [n, blocks, 2 * h, 2 * w, c]);
}
