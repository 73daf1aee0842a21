import { manifest } from '../core/manifest.node.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { HUB_ENCODERS, KNOWN_ENCODERS } from '../encoders/catalogue.ts';
import { hubModel } from '../encoders/hub.ts';
import type { Network } from '../eval/predictor.ts';
import { type Encoder, skipTaps } from '../nn/encoder.ts';
import { GATES_INPUT } from '../nn/skips.ts';
import type { Objective } from '../objectives/objective.ts';
import { cropPlanOf } from '../settings/crop.ts';
import { intensityText, readingOf } from '../settings/pixels.ts';
import type { OpenedRun } from './open-run.node.ts';

/** A network, and what it is for. */
export interface TrainedNetwork {
  readonly network: Network;
  readonly objective: Objective;
}

/** What is to be known of the input of gates. */
export function gateFacts(encoder: Encoder): Record<string, string> {
  const skips = skipTaps(encoder).map((_, i) => `skip${i + 1}`);
  return {
    gates_name: GATES_INPUT,
    gates_order: [...skips, 'bottleneck'].join(),
    gates_strides: encoder.taps.map(({ stride }) => stride).join(),
    gates_meaning: 'factors of what the decoder gets from the encoder; all 1 = the network as it was trained',
  };
}

/** What is to be known of a run's network to use it. */
export function runFacts(run: OpenedRun): Record<string, string> {
  const { config, network, weights, hashes } = run;
  return {
    ...networkFacts(run),
    ...scaleFacts(run),
    ...readingFacts(readingOf(config)),
    skips: config.skips,
    ...(config.encoderInput !== 'own' && { encoder_input: config.encoderInput }),
    ...encoderFacts(hashes.encoder, network.architecture.encoder.name, config.encoder),
    weights,
    weights_sha256: hashes.weights,
  };
}

/** How images come to a network that was not trained on stretched ones. */
function scaleFacts({ config }: OpenedRun): Record<string, string> {
  if (config.fit === 'pad') {
    return {
      input_resize: 'bilinear, antialiased, aspect kept, in the middle of height and width; border 127',
    };
  }
  const plan = cropPlanOf(config);
  if (!plan) return {};
  return {
    input_scale: String(plan.scale),
    input_resize: 'bilinear, antialiased, by input_scale; then tiles of height and width, aspect kept',
  };
}

/** Where pixels are not read as files usually are. */
function readingFacts({ intensity, channels }: PixelReading): Record<string, string> {
  return {
    ...(intensity && { intensity: intensityText({ intensity }) }),
    ...(channels && { channels: channels.join() }),
  };
}

/** What is to be known of a network to use it, wherever it comes from. */
export function networkFacts({ network, objective }: TrainedNetwork): Record<string, string> {
  const { architecture, size } = network;
  return {
    fewmask_version: manifest.version,
    kind: objective.name,
    output_name: objective.output.name,
    ...objective.output.facts,
    input_name: 'image',
    input_layout: 'NCHW',
    input_height: String(size.height),
    input_width: String(size.width),
    input_channels: 'RGB',
    input_range: '[-1, 1]',
    input_scaling: 'value / 127.5 - 1',
    input_resize: 'bilinear, antialiased, to height and width, aspect not kept',
    decoder: architecture.decoder,
    decoder_channels: architecture.decoderChannels.join(),
  };
}

/** Of an encoder that is known, where it comes from and its licence. */
export function encoderFacts(sha256: string, name: string, given?: string): Record<string, string> {
  const known = KNOWN_ENCODERS.find((each) => each.sha256 === sha256);
  const listed = HUB_ENCODERS.find((each) => each.name === given);
  return {
    encoder: known?.name ?? name,
    encoder_sha256: sha256,
    ...(known && {
      encoder_source: `npm ${known.package}@${known.version}`,
      encoder_licence: known.licence,
    }),
    ...(given && hubModel(given) && { encoder_source: given }),
    ...(listed && { encoder_licence: listed.licence }),
  };
}
