import { RandomStream } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import type { ParameterSpec } from './context.ts';

/** How a parameter starts. `uniform` draws from [-bound, bound). `given` is a weight that comes from a file. */
export type Initializer = { readonly uniform: number } | { readonly fill: number } | { readonly given: true };

/**
 * PyTorch's default for convolution weights and biases alike: Kaiming uniform with a = sqrt 5 comes to
 * a bound of 1/sqrt(fan in), the fan in being the weight's elements per slice of its first axis.
 */
export function defaultUniform(weightShape: Shape): Initializer {
  return { uniform: 1 / Math.sqrt(sizeOf(weightShape.slice(1))) };
}

/**
 * Initial values. Each parameter draws from a stream of its own, keyed by seed and name, so that models which share
 * a parameter share its initial values, whatever else they hold.
 *
 * @throws Error for one that is given
 */
export function initialise({ name, shape, init }: ParameterSpec, seed: number): Tensor {
  const result = tensor(shape);
  if ('given' in init) throw new Error(`${name}: got no values, expected them from a file`);
  if ('fill' in init) result.data.fill(init.fill);
  else {
    const stream = new RandomStream(seed, 'init', name);
    for (let i = 0; i < result.data.length; i++) result.data[i] = (2 * stream.uniform() - 1) * init.uniform;
  }
  return result;
}
