import type { TensorSpec } from '../core/tensor.ts';
import type { Value } from '../graph/graph.ts';
import type { ModelContext } from '../nn/context.ts';
import { type Encoder, type EncoderInput, IMAGENET_INPUT, SYMMETRIC_INPUT, type Tap } from '../nn/encoder.ts';
import { encoderConv } from '../nn/encoder-layer.ts';
import { add, relu6 } from '../ops/elementwise.ts';

/** One inverted residual block. */
interface Block {
  /** Row of the table, from 0, and place in it. */
  readonly stage: number;
  readonly place: number;
  /** Hidden channels / input channels. */
  readonly expand: number;
  /** Of the output. */
  readonly channels: number;
  readonly stride: number;
}

const STEM_CHANNELS = 32;

/** Sandler et al. 2018, "MobileNetV2", table 2: expansion, channels, repeats, stride of the first. */
export const BLOCKS: readonly Block[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
].flatMap(([expand, channels, repeats, stride], stage) =>
  Array.from({ length: repeats }, (_, place) => ({
    stage,
    place,
    expand,
    channels,
    stride: place === 0 ? stride : 1,
  })),
);

/** Blocks whose expansion is a tap. */
const TAPPED = [1, 3, 6, 13];

const TAPS: readonly Tap[] = [
  { name: 'block_1_expand', channels: 96, stride: 2 },
  { name: 'block_3_expand', channels: 144, stride: 4 },
  { name: 'block_6_expand', channels: 192, stride: 8 },
  { name: 'block_13_expand', channels: 576, stride: 16 },
  { name: 'block_16_project', channels: 320, stride: 32 },
];

/** Zeros around an image: top, left, bottom, right. */
type Padding = [number, number, number, number];
type PaddingRule = (x: Value, kernel: number, stride: number) => Padding;

/** TensorFlow's SAME: what does not divide evenly goes to the right and the bottom. */
const tensorflowPadding: PaddingRule = (x, kernel, stride) => {
  const [vertical, horizontal] = x.shape.slice(2).map((size) => {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return [vertical[0], horizontal[0], vertical[1], horizontal[1]];
};

/** PyTorch's: the same on all sides. */
const pytorchPadding: PaddingRule = (_, kernel) => {
  const half = (kernel - 1) / 2;
  return [half, half, half, half];
};

function tensors(): TensorSpec[] {
  const specs: TensorSpec[] = [];
  const layer = (name: string, ...shape: number[]) =>
    specs.push({ name: `${name}.weight`, shape }, { name: `${name}.bias`, shape: [shape[0]] });
  layer('stem', STEM_CHANNELS, 3, 3, 3);
  let channels = STEM_CHANNELS;
  for (const [i, block] of BLOCKS.entries()) {
    const hidden = channels * block.expand;
    if (block.expand > 1) layer(`blocks.${i}.expand`, hidden, channels, 1, 1);
    layer(`blocks.${i}.depthwise`, hidden, 1, 3, 3);
    layer(`blocks.${i}.project`, block.channels, hidden, 1, 1);
    channels = block.channels;
  }
  return specs;
}

/** The taps: the expansions of `TAPPED` after ReLU6, and the last projection, which is linear. */
function build(context: ModelContext, image: Value, paddingOf: PaddingRule): Value[] {
  const layer = (x: Value, name: string, stride = 1) =>
    encoderConv(context, x, name, { stride, padding: (kernel) => paddingOf(x, kernel, stride) });
  const taps: Value[] = [];
  let x = relu6(layer(image, 'stem', 2));
  for (const [i, block] of BLOCKS.entries()) {
    const start = x;
    if (block.expand > 1) x = relu6(layer(x, `blocks.${i}.expand`));
    if (TAPPED.includes(i)) taps.push(x);
    x = relu6(layer(x, `blocks.${i}.depthwise`, block.stride));
    x = layer(x, `blocks.${i}.project`);
    if (block.stride === 1 && x.shape[1] === start.shape[1]) x = add(x, start);
  }
  return [...taps, x];
}

/** MobileNetV2 (Sandler et al. 2018), width 1.0, without its last convolution and classifier. */
const mobileNetV2With = (name: string, input: EncoderInput, paddingOf: PaddingRule): Encoder => ({
  name,
  taps: TAPS,
  input,
  tensors: tensors(),
  build: (context, image) => build(context, image, paddingOf),
});

/** As TensorFlow and Keras pad and scale it. */
export const mobileNetV2: Encoder = mobileNetV2With('mobilenetv2', SYMMETRIC_INPUT, tensorflowPadding);

/** As torchvision and timm pad and scale it. */
export const mobileNetV2PyTorch: Encoder = mobileNetV2With(
  'mobilenetv2-pytorch',
  IMAGENET_INPUT,
  pytorchPadding,
);
