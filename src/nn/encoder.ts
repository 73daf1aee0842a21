import type { Shape } from '../core/shape.ts';
import type { TensorSpec } from '../core/tensor.ts';
import type { Value } from '../graph/graph.ts';
import { add, mul } from '../ops/elementwise.ts';
import type { ModelContext } from './context.ts';

/** A place in the encoder where a skip connection (or the decoder) starts. */
export interface Tap {
  readonly name: string;
  readonly channels: number;
  /** Image size / feature map size. */
  readonly stride: number;
}

/** What an encoder reads: RGB in [0, 1], less `mean`, divided by `std`, a number a channel. */
export interface EncoderInput {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Images in [-1, 1]. */
export const SYMMETRIC_INPUT: EncoderInput = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Images in [0, 1]. */
export const UNIT_INPUT: EncoderInput = { mean: [0, 0, 0], std: [1, 1, 1] };

/** The mean and deviation of ImageNet's images, by which torchvision's and timm's networks are trained. */
export const IMAGENET_INPUT: EncoderInput = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** An encoder that is a model of its own, a file, which makes the taps of one image after the other. */
export interface EncoderModel {
  /** The path of an ONNX file. */
  readonly file: string;
  /** The name of its input [1, 3, H, W]. */
  readonly input: string;
  /** What each tap is made of: outputs that are put together along the channels; of none, the image in [-1, 1]. */
  readonly outputs: readonly (readonly ModelOutput[])[];
}

/** An output of a model: [1, C, h, w], or tokens [1, T, C]. */
export interface ModelOutput {
  readonly name: string;
  /** Of tokens: so many are left out at the beginning; the others are a map, row by row. */
  readonly dropped?: number;
}

/** The lower half of a network: a feature extractor, without its weights. */
export interface Encoder {
  /** What checkpoints and exported models call it, as `resnet18`. */
  readonly name: string;
  /** Shallow to deep, each at another stride: the skips, then the bottleneck. */
  readonly taps: readonly Tap[];
  readonly input: EncoderInput;
  /** Its weights, in order, batch norm folded in. */
  readonly tensors: readonly TensorSpec[];
  /** Makes the taps in place of `build`: it is no part of our graphs, which have the taps as inputs. */
  readonly model?: EncoderModel;
  /**
   * @param context gives the weights: `context.encoderWeight(name)`
   * @param image [N, 3, H, W] as `input` says, H and W multiples of the deepest tap's stride
   * @returns the taps' values [N, channels, H / stride, W / stride], in the order of `taps`
   */
  build(context: ModelContext, image: Value): Value[];
}

/** The convolutions of an encoder: `<layer>.weight` of this shape, with its bias or batch norm. */
export function layersOf({
  tensors,
}: Pick<Encoder, 'tensors'>): { readonly layer: string; readonly shape: Shape }[] {
  return tensors.flatMap(({ name, shape }) => {
    const layer = /^(.*)(?<!\.norm)\.weight$/.exec(name)?.[1];
    return layer === undefined ? [] : [{ layer, shape }];
  });
}

/** Images must be multiples of this in height and width. */
export function strideOf({ taps }: Pick<Encoder, 'taps'>): number {
  return taps[taps.length - 1].stride;
}

/** The taps that are skip connections: all but the deepest. Level 1 is the first. */
export function skipTaps({ taps }: Pick<Encoder, 'taps'>): readonly Tap[] {
  return taps.slice(0, -1);
}

/**
 * The encoder in the graph of a context.
 *
 * @param image [N, 3, H, W], RGB in [-1, 1]
 * @returns its taps
 */
export function encode(context: ModelContext, encoder: Encoder, image: Value): Value[] {
  return context.graph.scope('encoder', () => encoder.build(context, normalised(image, encoder.input)));
}

/**
 * Not folded into the first convolution: its padding is zeros, which stand for the mean colour after this step and for
 * mid grey before it.
 */
function normalised(image: Value, { mean, std }: EncoderInput): Value {
  const scale = std.map((deviation) => 0.5 / deviation);
  const shift = mean.map((value, c) => (0.5 - value) / std[c]);
  if (scale.every((factor) => factor === 1) && shift.every((term) => term === 0)) return image;
  const channels = (values: readonly number[]) =>
    image.graph.constant(Float32Array.from(values), [1, 3, 1, 1]);
  return add(mul(image, channels(scale)), channels(shift));
}
