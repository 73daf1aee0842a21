import { parseSize } from '../core/size.ts';
import { DEFAULT_ENCODER } from '../encoders/catalogue.ts';
import { randomSeed } from '../encoders/random.ts';
import { describeEncoder, type EncoderOptions } from '../encoders/read.node.ts';
import { type Encoder, skipTaps } from '../nn/encoder.ts';
import { withLearnedNorms } from '../nn/encoder-layer.ts';
import type { Head } from '../nn/head.ts';
import type { Architecture } from '../nn/model.ts';
import { parseSkips } from '../nn/skips.ts';
import { parseEncoderTraining, trainedTensors } from '../nn/trained-encoder.ts';
import type { TrainConfig } from './training.ts';

/** The encoder that settings name, without its weights. One that is trained from nothing learns its batch norms, too. */
export function encoderOf(options: {
  readonly encoder?: string;
  readonly encoderInput?: string;
  readonly encoderTaps?: string;
  readonly imageSkip?: boolean;
  readonly size?: string | number;
  readonly trainEncoder?: string | boolean;
}): Encoder {
  const { encoder = DEFAULT_ENCODER, trainEncoder = false } = options;
  const described = describeEncoder(encoder, encoderOptionsOf(options));
  const fromNothing =
    randomSeed(encoder) !== undefined && parseEncoderTraining(trainEncoder, described) === 'all';
  return fromNothing ? withLearnedNorms(described) : described;
}

/** What settings say of an encoder beside its name. */
export function encoderOptionsOf({
  encoderInput,
  encoderTaps,
  imageSkip,
  size,
}: {
  readonly encoderInput?: string;
  readonly encoderTaps?: string;
  readonly imageSkip?: boolean;
  readonly size?: string | number;
}): EncoderOptions {
  return {
    ...{ input: encoderInput, taps: encoderTaps, imageSkip },
    size: size === undefined ? undefined : parseSize(size),
  };
}

/** The network that a configuration describes. */
export function architectureOf(
  config: Pick<
    TrainConfig,
    | 'encoder'
    | 'encoderInput'
    | 'encoderTaps'
    | 'imageSkip'
    | 'size'
    | 'trainEncoder'
    | 'decoder'
    | 'decoderChannels'
    | 'skips'
  >,
  head: Head,
): Architecture {
  const { decoder, decoderChannels } = config;
  const encoder = encoderOf(config);
  const skips = parseSkips(config.skips, skipTaps(encoder).length);
  const trained = trainedTensors(encoder, parseEncoderTraining(config.trainEncoder, encoder));
  return { encoder, decoder, decoderChannels, head, skips, trained };
}
