import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { resizeBilinear } from '../ops/resize.ts';
import { ModelContext, type ParameterSpec } from './context.ts';
import type { Decoder, Gate } from './decoder.ts';
import { type Encoder, skipTaps, strideOf } from './encoder.ts';
import { encoderParameter } from './encoder-layer.ts';
import { tapsOf } from './features.ts';
import type { Head } from './head.ts';
import { pix2pix } from './pix2pix.ts';
import { gatesOf, type Skips } from './skips.ts';
import { unet } from './unet.ts';

/** The decoders, by name. */
const decoders = { unet, pix2pix } satisfies Record<string, Decoder>;

export type DecoderName = keyof typeof decoders;
export const DECODER_NAMES = Object.keys(decoders) as [DecoderName, ...DecoderName[]];

/** What a network is, without its weights. */
export interface Architecture {
  readonly encoder: Encoder;
  readonly decoder: DecoderName;
  /** Channels of the decoder's blocks, deep to shallow. */
  readonly decoderChannels: readonly number[];
  readonly head: Head;
  /** Default: all of them, as they are. */
  readonly skips?: Skips;
  /** Names of the encoder's tensors that are trained; default none. */
  readonly trained?: ReadonlySet<string>;
}

/** The names of the output layer's tensors start so; it is replaced between pretraining and fine-tuning. */
export const HEAD_PREFIX = 'segmentation_head.';

/** How many times a decoder doubles the deepest tap before it would be larger than the image. */
const doublingsOf = (encoder: Encoder) => Math.floor(Math.log2(strideOf(encoder)));

/** The decoder's usual channels behind an encoder. */
export function defaultChannels(decoder: DecoderName, encoder: Encoder): readonly number[] {
  return decoders[decoder].channelsFor(doublingsOf(encoder));
}

/** @throws UserError if the decoder does not take this many channel counts behind its encoder */
export function checkArchitecture({
  encoder,
  decoder,
  decoderChannels,
}: Pick<Architecture, 'encoder' | 'decoder' | 'decoderChannels'>): void {
  if (decoder === 'pix2pix' && encoder.taps[0].stride === 1) {
    throw new UserError({
      what: 'imageSkip',
      got: 'the image as a skip of pix2pix, whose last layer makes it larger',
      expected: 'the decoder unet, which has a level as large as the image',
      fix: 'pass --decoder unet, or leave out --image-skip',
    });
  }
  const usual = defaultChannels(decoder, encoder);
  if (decoderChannels.length !== usual.length) {
    throw new UserError({
      what: 'decoderChannels',
      got: decoderChannels.join(','),
      expected: `${usual.length} counts, deep to shallow, such as ${usual.join(',')}`,
    });
  }
}

/** @throws UserError unless height and width are multiples of the encoder's stride */
export function checkSize({ height, width }: Size, encoder: Encoder): void {
  const stride = strideOf(encoder);
  if (![height, width].every((size) => Number.isInteger(size) && size > 0 && size % stride === 0)) {
    const near = (size: number) => Math.max(stride, Math.round(size / stride) * stride);
    throw new UserError({
      what: 'size',
      got: `${height}x${width}`,
      expected: `multiples of ${stride}`,
      fix: `take ${near(height)}x${near(width)}`,
    });
  }
}

/**
 * What is trained of a network: skips behind their gates, decoder, output layer.
 *
 * @param taps the encoder's, in its order
 * @param gates of the skips, level 1 first, in place of the architecture's own
 * @returns [N, channels of the head, H, W], linear: logits of the mask, or an image in [-1, 1]
 */
export function decode(
  context: ModelContext,
  { encoder, decoder, decoderChannels, head, skips }: Architecture,
  taps: readonly Value[],
  gates: readonly Gate[] = gatesOf(context, skips, taps),
): Value {
  const options = {
    channels: decoderChannels,
    outputs: head.channels,
    gates,
    strides: encoder.taps.map(({ stride }) => stride),
  };
  const made = decoders[decoder].build(context, taps, options);
  // As large as the image, unless the stride is no power of two.
  const [, , height, width] = taps[taps.length - 1].shape.map((extent) => extent * strideOf(encoder));
  return resizeBilinear(made, { height, width });
}

/** The parameters of a network: those of the encoder that are trained, then the decoder's in order of the forward pass. */
export function parametersOf(architecture: Architecture): readonly ParameterSpec[] {
  const { encoder, trained } = architecture;
  const context = new ModelContext(new Graph(), 'train');
  const stride = strideOf(encoder);
  decode(context, architecture, tapsOf(context, encoder, { batch: 1, height: stride, width: stride }));
  const own = encoder.tensors.filter(({ name }) => trained?.has(name));
  return [...own.map(encoderParameter), ...context.specs];
}

/**
 * The part of a network that a parameter belongs to: `encoder`, `decoder.blocks.0` (or `decoder.ups.0`), the deepest, and so
 * on, then `segmentation_head`.
 */
export function levelOf(parameter: string): string {
  return /^(encoder|decoder\.[a-z]+\.\d+|segmentation_head)/.exec(parameter)?.[0] ?? parameter;
}

/** The part of a weight by which a decoder reads a skip. */
export interface SkipReader {
  /** From 1, the shallowest. */
  readonly level: number;
  /** The weight's name. */
  readonly tensor: string;
  /** Its axis of input channels. */
  readonly axis: number;
  /** The channels on that axis which are the skip's: start, start + 1, .. before stop. */
  readonly start: number;
  readonly stop: number;
}

/** Where a network's weights read its skips, level 1 first: each level is read by one weight. */
export function skipReaders(architecture: Architecture): readonly SkipReader[] {
  const { encoder, decoder } = architecture;
  const shapes = new Map(parametersOf(architecture).map(({ name, shape }) => [name, shape]));
  const doublings = doublingsOf(encoder);
  return skipTaps(encoder).map(({ channels, stride }, i) => {
    const { tensor, axis } = decoders[decoder].reader(Math.log2(strideOf(encoder) / stride) - 1, doublings);
    const stop = shapes.get(tensor)![axis];
    return { level: i + 1, tensor, axis, start: stop - channels, stop };
  });
}
