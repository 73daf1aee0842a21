import type { TensorSpec, Tensors } from '../core/tensor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { conv } from '../ops/conv.ts';
import { add, div, relu6 } from '../ops/elementwise.ts';
import { contentOf } from './context.ts';

/** Ranges of the images that the encoder may be fed: [-1, 1], as in its own training, or as a control [0, 1]. */
export const ENCODER_RANGES = ['symmetric', 'unit'] as const;
export type EncoderRange = (typeof ENCODER_RANGES)[number];

/** A place in the encoder where a skip connection (or the decoder) starts. */
export interface Tap {
  readonly name: string;
  readonly channels: number;
  readonly stride: number;
}

/** One inverted residual block: expansion factor, output channels, stride. */
interface Block {
  readonly expand: number;
  readonly channels: number;
  readonly stride: number;
}

const STEM_CHANNELS = 32;

/** Sandler et al. 2018, "MobileNetV2", table 2: expansion, channels, repeats, stride of the first. */
const BLOCKS: readonly Block[] = [
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

/** Blocks whose expansion is a tap. */
const TAPPED = [1, 3, 6, 13];

/** Shallow to deep: the four skips, then the bottleneck. */
export const ENCODER_TAPS: readonly Tap[] = [
  { name: 'block_1_expand', channels: 96, stride: 2 },
  { name: 'block_3_expand', channels: 144, stride: 4 },
  { name: 'block_6_expand', channels: 192, stride: 8 },
  { name: 'block_13_expand', channels: 576, stride: 16 },
  { name: 'block_16_project', channels: 320, stride: 32 },
];

/** Images must be multiples of this in height and width. */
export const ENCODER_STRIDE = 32;

/** The weights that the encoder is made of, in order: MobileNetV2 1.0 with batch norm folded in. */
export const ENCODER_TENSORS: readonly TensorSpec[] = encoderTensors();

function encoderTensors() {
  const tensors: TensorSpec[] = [];
  const layer = (name: string, ...shape: number[]) =>
    tensors.push({ name: `${name}.weight`, shape }, { name: `${name}.bias`, shape: [shape[0]] });
  layer('stem', STEM_CHANNELS, 3, 3, 3);
  let channels = STEM_CHANNELS;
  for (const [i, block] of BLOCKS.entries()) {
    const hidden = channels * block.expand;
    if (block.expand > 1) layer(`blocks.${i}.expand`, hidden, channels, 1, 1);
    layer(`blocks.${i}.depthwise`, hidden, 1, 3, 3);
    layer(`blocks.${i}.project`, block.channels, hidden, 1, 1);
    channels = block.channels;
  }
  return tensors;
}

/**
 * The tensors of the encoder out of a weights file; others (a classifier) are left out.
 *
 * @throws UserError naming the first tensor that is missing or has another shape
 */
export function encoderWeights(tensors: Tensors, file: string): Tensors {
  return new Map(ENCODER_TENSORS.map((spec) => [spec.name, contentOf(tensors, spec, file)]));
}

/**
 * MobileNetV2 (Sandler et al. 2018), width 1.0, as a frozen feature extractor. Its weights are constants of the graph
 * with batch norm folded in, so no training step can move them, nor any statistics.
 *
 * @param image [N, 3, H, W], RGB in [-1, 1], H and W multiples of 32
 * @param range what the image is brought into first
 * @returns the five taps of `ENCODER_TAPS`, after ReLU6 but for the last, which is linear
 */
export function encode(
  graph: Graph,
  weights: Tensors,
  image: Value,
  range: EncoderRange = 'symmetric',
): Value[] {
  const constant = (name: string) => {
    const { data, shape } = weights.get(name)!;
    return graph.constant(data, shape, name);
  };
  const layer = (x: Value, name: string, stride = 1) => {
    const w = constant(`${name}.weight`);
    const groups = x.shape[1] / w.shape[1];
    return graph.scope(name, () =>
      conv(x, w, {
        stride,
        groups,
        padding: samePadding(x, w.shape[2], stride),
        bias: constant(`${name}.bias`),
      }),
    );
  };
  return graph.scope('encoder', () => {
    const taps: Value[] = [];
    // Not folded into the stem, whose padding is zeros: they are mid grey in [-1, 1], and black in [0, 1].
    const fed = range === 'unit' ? div(add(image, 1), 2) : image;
    let x = relu6(layer(fed, 'stem', 2));
    for (const [i, block] of BLOCKS.entries()) {
      const start = x;
      if (block.expand > 1) x = relu6(layer(x, `blocks.${i}.expand`));
      if (TAPPED.includes(i)) taps.push(x);
      x = relu6(layer(x, `blocks.${i}.depthwise`, block.stride));
      x = layer(x, `blocks.${i}.project`);
      if (block.stride === 1 && x.shape[1] === start.shape[1]) x = add(x, start);
    }
    return [...taps, x];
  });
}

/** TensorFlow's SAME: what does not divide evenly goes to the right and the bottom. */
function samePadding(x: Value, kernel: number, stride: number): [number, number, number, number] {
  const [vertical, horizontal] = x.shape.slice(2).map((size) => {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return [vertical[0], horizontal[0], vertical[1], horizontal[1]];
}
