import { parseSize } from '../core/size.ts';
import { DEFAULT_ENCODER } from '../encoders/catalogue.ts';
import { describeEncoder, type EncoderOptions } from '../encoders/read.node.ts';
import type { Encoder } from '../nn/encoder.ts';
import type { Head } from '../nn/head.ts';
import type { Architecture } from '../nn/model.ts';
import { architectureBehind, asTrained } from './architecture.ts';
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
  const { encoder = DEFAULT_ENCODER, trainEncoder } = options;
  return asTrained(describeEncoder(encoder, encoderOptionsOf(options)), encoder, trainEncoder);
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
  return architectureBehind(encoderOf(config), config, head);
}
