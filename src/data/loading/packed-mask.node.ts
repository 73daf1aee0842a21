import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { LabelMap } from '../masks/labelling.ts';

/** A mask at its own size, compressed. */
export interface PackedMask extends Omit<LabelMap, 'data'> {
  readonly packed: Uint8Array<ArrayBuffer>;
}

export function packMask({ data, ...mask }: LabelMap): PackedMask {
  return { ...mask, packed: new Uint8Array(deflateRawSync(data, { level: 1 })) };
}

export function unpackMask({ packed, ...mask }: PackedMask): LabelMap {
  return { ...mask, data: new Uint8Array(inflateRawSync(packed)) };
}
