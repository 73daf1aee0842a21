import type { Shape } from '../core/shape.ts';
import type { TensorSpec } from '../core/tensor.ts';
import type { Value } from '../graph/graph.ts';
import { type Encoder, IMAGENET_INPUT } from '../nn/encoder.ts';
import { encoderConv } from '../nn/encoder-layer.ts';
import { add, relu } from '../ops/elementwise.ts';
import { maxPool } from '../ops/pool.ts';

/** A convolution of a block: kernel size, output channels and stride for a block of this width and stride. */
interface Conv {
  readonly kernel: number;
  channels(width: number): number;
  stride(ofBlock: number): number;
}

/** What a block is made of: its convolutions, one after another. */
type BlockKind = readonly Conv[];

/** He et al. 2016, "Deep residual learning for image recognition", figure 5, left. */
const BASIC: BlockKind = [
  { kernel: 3, channels: (width) => width, stride: (stride) => stride },
  { kernel: 3, channels: (width) => width, stride: () => 1 },
];

/** Figure 5, right; the stride in the 3x3 convolution, as torchvision and timm have it. */
const BOTTLENECK: BlockKind = [
  { kernel: 1, channels: (width) => width, stride: () => 1 },
  { kernel: 3, channels: (width) => width, stride: (stride) => stride },
  { kernel: 1, channels: (width) => 4 * width, stride: () => 1 },
];

const STEM = { kernel: 7, channels: 64 };
/** Of the four layers, each at half the size of the one before, but for the first. */
const WIDTHS = [64, 128, 256, 512];

/** A convolution by its name, without `.weight` and `.bias`. */
interface Layer {
  readonly name: string;
  readonly shape: Shape;
  readonly stride: number;
}

interface Block {
  /** `layer1`, ..: several blocks have the same. */
  readonly layer: string;
  readonly convs: readonly Layer[];
  /** Where the block's input is not of its output's shape. */
  readonly downsample?: Layer;
}

const STEM_LAYER: Layer = { name: 'conv1', shape: [STEM.channels, 3, STEM.kernel, STEM.kernel], stride: 2 };

function blocksOf(kind: BlockKind, repeats: readonly number[]): Block[] {
  let channels = STEM.channels;
  return WIDTHS.flatMap((width, l) =>
    Array.from({ length: repeats[l] }, (_, b): Block => {
      const layer = `layer${l + 1}`;
      const stride = l > 0 && b === 0 ? 2 : 1;
      const start = channels;
      const convs = kind.map((each, i) => {
        const shape = [each.channels(width), channels, each.kernel, each.kernel];
        channels = shape[0];
        return { name: `${layer}.${b}.conv${i + 1}`, shape, stride: each.stride(stride) };
      });
      if (stride === 1 && channels === start) return { layer, convs };
      const downsample = { name: `${layer}.${b}.downsample`, shape: [channels, start, 1, 1], stride };
      return { layer, convs, downsample };
    }),
  );
}

const layersOf = (blocks: readonly Block[]): Layer[] => [
  STEM_LAYER,
  ...blocks.flatMap(({ convs, downsample }) => (downsample ? [...convs, downsample] : convs)),
];

const tensorsOf = ({ name, shape }: Layer): TensorSpec[] => [
  { name: `${name}.weight`, shape },
  { name: `${name}.bias`, shape: [shape[0]] },
];

/** A residual network without its pooling and classifier; padding the same on all sides. */
function resNet(name: string, kind: BlockKind, repeats: readonly number[]): Encoder {
  const blocks = blocksOf(kind, repeats);
  const channelsOf = (width: number) => kind.reduce((_, each) => each.channels(width), 0);
  return {
    name,
    taps: [
      { name: 'relu', channels: STEM.channels, stride: 2 },
      ...WIDTHS.map((width, l) => ({
        name: `layer${l + 1}`,
        channels: channelsOf(width),
        stride: 4 * 2 ** l,
      })),
    ],
    input: IMAGENET_INPUT,
    tensors: layersOf(blocks).flatMap(tensorsOf),
    build: (context, image) => {
      const apply = (x: Value, { name, stride }: Layer) =>
        encoderConv(context, x, name, { stride, padding: (kernel) => (kernel - 1) / 2 });
      const residual = (x: Value, { convs, downsample }: Block) => {
        const inner = convs.slice(0, -1).reduce((y, layer) => relu(apply(y, layer)), x);
        return relu(add(apply(inner, convs[convs.length - 1]), downsample ? apply(x, downsample) : x));
      };
      const stem = relu(apply(image, STEM_LAYER));
      const taps = new Map([['relu', stem]]);
      let x = maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
      for (const block of blocks) {
        x = residual(x, block);
        taps.set(block.layer, x);
      }
      return [...taps.values()];
    },
  };
}

export const resNet18: Encoder = resNet('resnet18', BASIC, [2, 2, 2, 2]);
export const resNet34: Encoder = resNet('resnet34', BASIC, [3, 4, 6, 3]);
export const resNet50: Encoder = resNet('resnet50', BOTTLENECK, [3, 4, 6, 3]);
