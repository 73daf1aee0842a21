import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Size } from '../../core/size.ts';
import { maskThreshold } from '../decode/mask-values.ts';
import type { Image } from '../decode/resize.ts';

/** A mask at its own size: a bit a pixel, compressed. */
export interface PackedMask extends Size {
  readonly bits: Uint8Array<ArrayBuffer>;
}

/** Of one channel of grey values; those above 127 are the object. */
export function packMask({ width, height, data }: Image): PackedMask {
  const bits = new Uint8Array(Math.ceil(data.length / 8));
  for (let i = 0; i < data.length; i++) if (data[i] > maskThreshold) bits[i >> 3] |= 1 << (i & 7);
  return { width, height, bits: new Uint8Array(deflateRawSync(bits, { level: 1 })) };
}

/** One channel of 0 and 1. */
export function unpackMask({ width, height, bits }: PackedMask): Image {
  const packed = inflateRawSync(bits);
  const data = Uint8Array.from({ length: width * height }, (_, i) => (packed[i >> 3] >> (i & 7)) & 1);
  return { width, height, channels: 1, data };
}
