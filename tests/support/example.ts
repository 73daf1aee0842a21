import { RandomStream } from '../../src/core/random.ts';
import type { Size } from '../../src/core/size.ts';
import { degradeExample, type Pretext, weighsPixels } from '../../src/data/pretexts/index.ts';

/** An image [3, H, W] of random values in [-1, 1]: no two of them are equal. */
export function noisePicture({ height, width }: Size, ...keys: readonly (string | number)[]): Float32Array {
  const stream = new RandomStream('picture', ...keys);
  return Float32Array.from({ length: 3 * height * width }, () => 2 * stream.uniform() - 1);
}

/** What a task makes of an image, drawn from the stream of a number. */
export function exampleOf(image: Float32Array, size: Size, pretext: Pretext, draw = 0) {
  const example = {
    input: new Float32Array(image.length).fill(Number.NaN),
    target: Float32Array.from(image),
    ...(weighsPixels(pretext) && { weight: new Float32Array(size.height * size.width).fill(1) }),
  };
  degradeExample(example, size, pretext, new RandomStream('example', draw));
  return example;
}
