import hdf5, { type Group } from 'h5wasm';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { NdArray } from './reference.ts';
import { elementwise, reshaped } from './reference.ts';
import { convolved } from './reference-image.ts';

/** A weight as Keras has it: by layer and name, kernels as [height, width, in, out]. */
interface KerasWeight extends NdArray {
  readonly layer: string;
  readonly name: string;
}

/** Expansion, channels and stride of the blocks, `block_0` being `expanded_conv` (Sandler et al. 2018, table 2). */
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
].flatMap(([expand, channels, repeats, stride]) =>
  Array.from({ length: repeats }, (_, i) => ({ expand, channels, stride: i === 0 ? stride : 1 })),
);
const scopeOf = (i: number) => (i === 0 ? 'expanded_conv' : `block_${i}`);

/** Weights of a layer as after a training, drawn at random. */
function drawn(layer: string, name: string, shape: readonly number[], from: number, to: number): KerasWeight {
  const stream = new RandomStream('keras', layer, name);
  const data = Float64Array.from({ length: sizeOf(shape) }, () =>
    Math.fround(from + (to - from) * stream.uniform()),
  );
  return { layer, name, shape, data };
}

/** All weights of Keras's MobileNetV2, its last convolution and classifier too. */
export function drawKeras(): KerasWeight[] {
  const weights: KerasWeight[] = [];
  const normed = (conv: string, norm: string, kernel: string, shape: readonly number[], channels: number) => {
    const bound = Math.sqrt(6 / (sizeOf(shape) / channels));
    const statistics = [
      ['gamma', 0.5, 1.5],
      ['beta', -0.5, 0.5],
      ['moving_mean', -0.5, 0.5],
      ['moving_variance', 0.3, 3],
    ] as const;
    weights.push(drawn(conv, kernel, shape, -bound, bound));
    for (const [name, from, to] of statistics) weights.push(drawn(norm, name, [channels], from, to));
  };
  normed('Conv1', 'bn_Conv1', 'kernel', [3, 3, 3, 32], 32);
  let channels = 32;
  for (const [i, block] of BLOCKS.entries()) {
    const hidden = channels * block.expand;
    const layer = (kind: string) => [`${scopeOf(i)}_${kind}`, `${scopeOf(i)}_${kind}_BN`] as const;
    if (block.expand > 1) normed(...layer('expand'), 'kernel', [1, 1, channels, hidden], hidden);
    normed(...layer('depthwise'), 'depthwise_kernel', [3, 3, hidden, 1], hidden);
    normed(...layer('project'), 'kernel', [1, 1, hidden, block.channels], block.channels);
    channels = block.channels;
  }
  normed('Conv_1', 'Conv_1_bn', 'kernel', [1, 1, 320, 1280], 1280);
  weights.push(
    drawn('predictions', 'kernel', [1280, 10], -0.1, 0.1),
    drawn('predictions', 'bias', [10], 0, 1),
  );
  return weights;
}

/** How Keras lays a model out: a whole model, its weights alone, or as one layer of another model. */
export type KerasLayout = 'model' | 'weights' | 'nested';

/** An HDF5 file of these weights. */
export async function kerasFile(weights: readonly KerasWeight[], layout: KerasLayout): Promise<Uint8Array> {
  const { FS } = await hdf5.ready;
  const place = `/${layout}-${Math.floor(performance.now())}.h5`;
  const file = new hdf5.File(place, 'w');
  const within = (group: Group, name: string) =>
    group.keys().includes(name) ? (group.get(name) as Group) : group.create_group(name);
  const root = layout === 'weights' ? file : file.create_group('model_weights');
  if (layout !== 'weights')
    file
      .create_group('optimizer_weights')
      .create_group('Conv1')
      .create_dataset({ name: 'kernel:0', data: new Float32Array(864), shape: [3, 3, 3, 32] });
  root.create_attribute('layer_names', [...new Set(weights.map(({ layer }) => layer))]);
  // Layers without weights have groups, too.
  root.create_group('Conv1_relu');
  for (const { layer, name, shape, data } of weights) {
    const outer = within(root, layout === 'nested' ? 'mobilenetv2_1.00_224' : layer);
    within(outer, layer).create_dataset({
      name: `${name}:0`,
      data: Float32Array.from(data),
      shape: [...shape],
    });
  }
  file.flush();
  file.close();
  const bytes = FS.readFile(place);
  FS.unlink(place);
  return bytes;
}

/** What comes out of the taps of an image [1, 3, H, W] in [-1, 1], in float64, batch norm as it stands. */
export function kerasTaps(weights: readonly KerasWeight[], image: NdArray): Record<string, NdArray> {
  const of = (layer: string, name: string) => weights.find((w) => w.layer === layer && w.name === name)!;
  const layer = (x: NdArray, conv: string, norm: string, stride = 1): NdArray => {
    const depthwise = conv.endsWith('_depthwise');
    const kernel = of(conv, depthwise ? 'depthwise_kernel' : 'kernel');
    const [size, , inputs, last] = kernel.shape;
    const outputs = depthwise ? inputs : last;
    const each = depthwise ? 1 : inputs;
    const data = new Float64Array(kernel.data.length);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < each; i++)
        for (let at = 0; at < size * size; at++)
          data[(o * each + i) * size * size + at] = depthwise
            ? kernel.data[at * inputs + o]
            : kernel.data[(at * inputs + i) * outputs + o];
    // Keras pads images of even size by one row and column, below and to the right, before a stride of 2.
    const pads: [number, number, number, number] =
      size === 1 ? [0, 0, 0, 0] : stride === 2 ? [0, 0, 1, 1] : [1, 1, 1, 1];
    const w = { shape: [outputs, each, size, size], data };
    const y = convolved(x, w, { strides: [stride, stride], pads, groups: depthwise ? outputs : 1 });
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) =>
      reshaped(of(norm, name), [1, outputs, 1, 1]),
    );
    return elementwise(
      y,
      gamma,
      beta,
      mean,
      variance,
    )((v, g, b, m, s) => ((v - m) / Math.sqrt(s + 0.001)) * g + b);
  };
  const relu6 = (x: NdArray) => elementwise(x)((value) => Math.min(6, Math.max(0, value)));
  const taps: Record<string, NdArray> = {};
  let x = relu6(layer(image, 'Conv1', 'bn_Conv1', 2));
  for (const [i, { expand, stride }] of BLOCKS.entries()) {
    const named = (kind: string) => [`${scopeOf(i)}_${kind}`, `${scopeOf(i)}_${kind}_BN`] as const;
    let y = x;
    if (expand > 1) {
      y = relu6(layer(y, ...named('expand')));
      taps[`block_${i}_expand`] = y;
    }
    y = relu6(layer(y, ...named('depthwise'), stride));
    y = layer(y, ...named('project'));
    const added = stride === 1 && y.shape[1] === x.shape[1];
    x = added ? elementwise(x, y)((a, b) => a + b) : y;
  }
  taps.block_16_project = x;
  return taps;
}
