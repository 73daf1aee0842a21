import { RandomStream } from '../core/random.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { encodeSafetensors } from '../onnx/safetensors.ts';
import { mobileNetV2 } from './mobilenetv2.ts';

/** The name of an encoder that has learned nothing. */
export const RANDOM_ENCODER = 'random';

/** The seed that is meant by `random` (0) or `random:SEED`; undefined for any other text. */
export function randomSeed(encoder: string): number | undefined {
  const [named, seed = '0'] = /^random(?::(\d+))?$/.exec(encoder) ?? [];
  return named === undefined ? undefined : Number(seed);
}

/** Mean squares: of images in [-1, 1], as if all values were as frequent; of standard normal values behind a ReLU. */
const [IMAGE, RECTIFIED] = [1 / 3, 1 / 2];

/**
 * MobileNetV2 as it would be before any training: kernels uniform around 0, biases 0. As batch norm would there, though
 * without data, kernels are scaled so that what each layer makes has a mean square of 1: by the size of their fan-in, as He
 * et al. 2015 ("Delving deep into rectifiers"), and by the mean square of what they read. So the signal neither dies out
 * nor reaches the 6 at which ReLU6 cuts it off. The values are the same bits everywhere.
 */
export function randomEncoder(seed = 0): Tensors {
  const tensors = new Map<string, Tensor>();
  // What comes out of a block: it is the sum of two where it has as many channels as what goes in.
  let block = { channels: 0, square: 0 };
  for (const { name, shape } of mobileNetV2.tensors) {
    const data = new Float32Array(sizeOf(shape));
    tensors.set(name, { shape, data });
    const [layer, kind] = name.split('.').slice(-2);
    if (kind === 'bias') continue;
    const square = layer === 'stem' ? IMAGE : layer === 'expand' ? block.square : RECTIFIED;
    const bound = Math.sqrt(3 / (square * sizeOf(shape.slice(1))));
    const stream = new RandomStream(seed, 'random encoder', name);
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * stream.uniform() - 1);
    if (layer !== 'project') continue;
    const [channels] = shape;
    block = { channels, square: channels === block.channels ? 1 + block.square : 1 };
  }
  return tensors;
}

/** The same as a safetensors file, so that it is known by its SHA-256 as any other. */
export function randomEncoderFile(seed: number): Uint8Array {
  return encodeSafetensors({
    tensors: randomEncoder(seed),
    metadata: { source: `random weights, seed ${seed}` },
  });
}
