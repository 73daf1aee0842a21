import { writeFile } from 'node:fs/promises';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import { encodeModel, type OnnxInitializer, type OnnxModel, type OnnxNode } from '../../src/onnx/model.ts';

function drawn(name: string, shape: Shape): OnnxInitializer {
  const stream = new RandomStream('onnx encoder', name);
  const scale = Math.sqrt(3 / sizeOf(shape.slice(1)));
  return {
    name,
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * stream.uniform() - 1)),
  };
}

const node = (
  operator: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ operator, domain: '', inputs, outputs: [output], attributes });

/** Strides 4, 8 and 16, and a number for each image, which is no map. */
export function convolutions(size: number): OnnxModel<number | string> {
  const channels = [3, 4, 6, 8];
  const strides = [4, 2, 2];
  const names = ['image', 'low', 'middle', 'high'];
  const nodes = strides.flatMap((stride, i) => [
    node('Conv', [names[i], `w${i}`], `conv${i}`, {
      kernel_shape: [stride, stride],
      strides: [stride, stride],
    }),
    node('Relu', [`conv${i}`], names[i + 1]),
  ]);
  const extents = [4, 8, 16].map((stride) => size / stride);
  return {
    nodes: [...nodes, node('GlobalAveragePool', ['high'], 'mean'), node('Flatten', ['mean'], 'pooled')],
    inputs: [{ name: 'image', shape: ['N', 3, size, size] }],
    outputs: [
      // Not in the order of the strides.
      { name: 'pooled', shape: [1, 8] },
      ...[2, 0, 1].map((i) => ({
        name: names[i + 1],
        shape: ['N', channels[i + 1], extents[i], extents[i]],
      })),
    ],
    initializers: strides.map((stride, i) => drawn(`w${i}`, [channels[i + 1], channels[i], stride, stride])),
    metadata: { input_mean: '0.4,0.5,0.6', input_std: '[0.2, 0.25, 0.3]' },
  };
}

/** A vision transformer of one layer: a class token and `registers` more in front of a token for each patch. */
export function transformer(size: number, patch: number, registers = 0): OnnxModel {
  const channels = 8;
  const count = (size / patch) ** 2;
  const first = 1 + registers;
  const int64 = (name: string, values: readonly number[]): OnnxInitializer => ({
    name,
    shape: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  return {
    nodes: [
      node('Conv', ['pixels', 'embedding'], 'patches', {
        kernel_shape: [patch, patch],
        strides: [patch, patch],
      }),
      node('Reshape', ['patches', 'flat'], 'columns'),
      node('Transpose', ['columns'], 'rows', { perm: [0, 2, 1] }),
      node('Concat', ['first', 'rows'], 'joined', { axis: 1 }),
      node('Add', ['joined', 'positions'], 'tokens'),
      node('MatMul', ['tokens', 'key'], 'keys'),
      node('Transpose', ['keys'], 'turned', { perm: [0, 2, 1] }),
      node('MatMul', ['tokens', 'turned'], 'scores'),
      node('Softmax', ['scores'], 'attention', { axis: -1 }),
      node('MatMul', ['attention', 'tokens'], 'mixed'),
      node('Add', ['mixed', 'tokens'], 'last_hidden_state'),
    ],
    inputs: [{ name: 'pixels', shape: [1, 3, size, size] }],
    outputs: [
      { name: 'last_hidden_state', shape: [1, first + count, channels] },
      { name: 'mixed', shape: [1, first + count, channels] },
    ],
    initializers: [
      drawn('embedding', [channels, 3, patch, patch]),
      drawn('first', [1, first, channels]),
      drawn('positions', [1, first + count, channels]),
      drawn('key', [channels, channels]),
      int64('flat', [1, channels, count]),
    ],
  };
}

export async function writeModel(path: string, model: OnnxModel<number | string>): Promise<string> {
  await writeFile(path, encodeModel(model));
  return path;
}
