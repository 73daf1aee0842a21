import { randomSeed } from '../encoders/random.ts';
import { type Encoder, skipTaps } from '../nn/encoder.ts';
import { withLearnedNorms } from '../nn/encoder-layer.ts';
import type { Head } from '../nn/head.ts';
import type { Architecture } from '../nn/model.ts';
import { parseSkips } from '../nn/skips.ts';
import { parseEncoderTraining, trainedTensors } from '../nn/trained-encoder.ts';
import type { TrainConfig } from './training.ts';

/** An encoder as it is trained: one that is trained from nothing learns its batch norms, too. @param name as settings name it */
export function asTrained(encoder: Encoder, name: string, trainEncoder: string | boolean = false): Encoder {
  const fromNothing = randomSeed(name) !== undefined && parseEncoderTraining(trainEncoder, encoder) === 'all';
  return fromNothing ? withLearnedNorms(encoder) : encoder;
}

/** The network that settings describe behind an encoder. @param encoder as it is trained */
export function architectureBehind(
  encoder: Encoder,
  config: Pick<TrainConfig, 'trainEncoder' | 'decoder' | 'decoderChannels' | 'skips'>,
  head: Head,
): Architecture {
  const { decoder, decoderChannels } = config;
  const skips = parseSkips(config.skips, skipTaps(encoder).length);
  const trained = trainedTensors(encoder, parseEncoderTraining(config.trainEncoder, encoder));
  return { encoder, decoder, decoderChannels, head, skips, trained };
}
