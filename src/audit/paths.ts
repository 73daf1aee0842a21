import { ENCODER_TAPS } from '../nn/encoder.ts';

/** A way by which an image comes from the encoder into the decoder. */
export interface Path {
  readonly name: string;
  readonly stride: number;
}

/** `skip1` (stride 2) to `skip4` (stride 16), then `bottleneck`: in the order of the encoder's taps. */
export const PATHS: readonly Path[] = ENCODER_TAPS.map(({ stride }, i) => ({
  name: i === ENCODER_TAPS.length - 1 ? 'bottleneck' : `skip${i + 1}`,
  stride,
}));
