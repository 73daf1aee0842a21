import { mobileNetV2 } from '../encoders/mobilenetv2.ts';

/** A way by which an image comes from the encoder into the decoder. */
export interface Path {
  readonly name: string;
  readonly stride: number;
}

/** `skip1` (stride 2) to `skip4` (stride 16), then `bottleneck`: in the order of the encoder's taps. */
export const PATHS: readonly Path[] = mobileNetV2.taps.map(({ stride }, i, taps) => ({
  name: i === taps.length - 1 ? 'bottleneck' : `skip${i + 1}`,
  stride,
}));
