import { DEFAULT_ENCODER } from '../encoders/catalogue.ts';
import type { EncoderRange } from '../encoders/ranges.ts';
import { describeEncoder } from '../encoders/read.node.ts';
import { type Encoder, skipTaps } from '../nn/encoder.ts';
import type { Head } from '../nn/head.ts';
import type { Architecture } from '../nn/model.ts';
import { parseSkips } from '../nn/skips.ts';
import { parseEncoderTraining, trainedTensors } from '../nn/trained-encoder.ts';
import type { TrainConfig } from './training.ts';

/** The encoder that settings name, without its weights. */
export function encoderOf({
  encoder = DEFAULT_ENCODER,
  encoderRange,
}: {
  readonly encoder?: string;
  readonly encoderRange?: EncoderRange;
}): Encoder {
  return describeEncoder(encoder, encoderRange);
}

/** The network that a configuration describes. */
export function architectureOf(
  config: Pick<
    TrainConfig,
    'encoder' | 'encoderRange' | 'trainEncoder' | 'decoder' | 'decoderChannels' | 'skips'
  >,
  head: Head,
): Architecture {
  const { decoder, decoderChannels } = config;
  const encoder = encoderOf(config);
  const skips = parseSkips(config.skips, skipTaps(encoder).length);
  const trained = trainedTensors(encoder, parseEncoderTraining(config.trainEncoder, encoder));
  return { encoder, decoder, decoderChannels, head, skips, trained };
}
