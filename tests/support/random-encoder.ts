import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';

/** Encoder weights out of nothing, of a scale of their own: what holds for one set of weights must hold for any. */
export function randomEncoder(seed = 0): Tensors {
  return new Map(
    mobileNetV2.tensors.map(({ name, shape }) => {
      const stream = new RandomStream('encoder', name, ...(seed > 0 ? [seed] : []));
      const scale = shape.length === 1 ? 0.1 : Math.sqrt(6 / sizeOf(shape.slice(1)));
      const data = Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * stream.uniform() - 1));
      return [name, { shape, data }];
    }),
  );
}
