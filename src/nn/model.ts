import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { ModelContext, type ParameterSpec } from './context.ts';
import type { Decoder, Gate, ReaderOf } from './decoder.ts';
import { ENCODER_STRIDE, ENCODER_TAPS, type EncoderRange } from './encoder.ts';
import { tapsOf } from './features.ts';
import { PIX2PIX_CHANNELS, pix2pixDecoder, pix2pixReader } from './pix2pix.ts';
import { ALL_SKIPS, gatesOf, type Skips } from './skips.ts';
import { UNET_CHANNELS, unetDecoder, unetReader } from './unet.ts';

/** The decoders, by name. */
const decoders = {
  unet: { build: unetDecoder, channels: UNET_CHANNELS, reader: unetReader },
  pix2pix: { build: pix2pixDecoder, channels: PIX2PIX_CHANNELS, reader: pix2pixReader },
} satisfies Record<string, { build: Decoder; channels: readonly number[]; reader: ReaderOf }>;

export type DecoderName = keyof typeof decoders;
export const DECODER_NAMES = Object.keys(decoders) as [DecoderName, ...DecoderName[]];

/** What a network is, without its weights. */
export interface Architecture {
  readonly decoder: DecoderName;
  /** Channels of the decoder's blocks, deep to shallow. */
  readonly decoderChannels: readonly number[];
  /** Output channels: 1 for a mask, 3 for an image. */
  readonly outputs: number;
  /** Default: all of them, as they are. */
  readonly skips?: Skips;
  /** Of the images that the encoder is fed; default symmetric. */
  readonly encoderRange?: EncoderRange;
}

/** The names of the output layer's tensors start so; it is replaced between pretraining and fine-tuning. */
export const HEAD_PREFIX = 'segmentation_head.';

/** The decoder's usual channels. */
export function defaultChannels(decoder: DecoderName): readonly number[] {
  return decoders[decoder].channels;
}

/** @throws UserError if the decoder does not take this many channel counts */
export function checkArchitecture({ decoder, decoderChannels }: Architecture): void {
  const count = decoders[decoder].channels.length;
  if (decoderChannels.length !== count) {
    throw new UserError({
      what: 'decoderChannels',
      got: decoderChannels.join(','),
      expected: `${count} counts, deep to shallow, such as ${decoders[decoder].channels.join(',')}`,
    });
  }
}

/** @throws UserError unless height and width are multiples of 32 */
export function checkExtent({ height, width }: Size): void {
  if (![height, width].every((size) => Number.isInteger(size) && size > 0 && size % ENCODER_STRIDE === 0)) {
    const near = (size: number) =>
      Math.max(ENCODER_STRIDE, Math.round(size / ENCODER_STRIDE) * ENCODER_STRIDE);
    throw new UserError({
      what: 'size',
      got: `${height}x${width}`,
      expected: `multiples of ${ENCODER_STRIDE}`,
      fix: `take ${near(height)}x${near(width)}`,
    });
  }
}

/**
 * What is trained of a network: skips behind their gates, decoder, output layer.
 *
 * @param taps the encoder's five, as `ENCODER_TAPS` lists them
 * @param gates of the skips, level 1 first, in place of the architecture's own
 * @returns [N, outputs, H, W], linear: logits of the mask, or an image in [-1, 1]
 */
export function decode(
  context: ModelContext,
  { decoder, decoderChannels, outputs, skips = ALL_SKIPS }: Architecture,
  taps: readonly Value[],
  gates: readonly Gate[] = gatesOf(context, skips, taps),
): Value {
  return decoders[decoder].build(context, taps, { channels: decoderChannels, outputs, gates });
}

/** The parameters of a network, in order of the forward pass. */
export function parametersOf(architecture: Architecture): readonly ParameterSpec[] {
  const context = new ModelContext(new Graph(), 'train');
  const least = { batch: 1, height: ENCODER_STRIDE, width: ENCODER_STRIDE };
  decode(context, architecture, tapsOf(context.graph, undefined, least));
  return context.specs;
}

/**
 * The part of a network that a parameter belongs to: `decoder.blocks.0` (or `decoder.ups.0`), the deepest, and so on, then
 * `segmentation_head`.
 */
export function levelOf(parameter: string): string {
  return /^(decoder\.[a-z]+\.\d+|segmentation_head)/.exec(parameter)?.[0] ?? parameter;
}

/** The part of a weight by which a decoder reads a skip. */
export interface SkipReader {
  /** 1 (stride 2) to 4 (stride 16). */
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
  const shapes = new Map(parametersOf(architecture).map(({ name, shape }) => [name, shape]));
  const skips = ENCODER_TAPS.slice(0, -1);
  return skips.map(({ channels }, i) => {
    const { tensor, axis } = decoders[architecture.decoder].reader(skips.length - 1 - i);
    const stop = shapes.get(tensor)![axis];
    return { level: i + 1, tensor, axis, start: stop - channels, stop };
  });
}
