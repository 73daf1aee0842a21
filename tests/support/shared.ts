import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { decodeSafetensors } from '../../src/onnx/safetensors.ts';

/** Data, weights and reference values that are not part of the repository; tests that need them are skipped without. */
const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

export const shared = {
  kvasir: `${root}data/kvasir-seg`,
  encoder: `${root}weights/mobilenetv2-imagenet.safetensors`,
  taps: `${root}reference/encoder-taps.safetensors`,
  parity: `${root}reference/train-parity`,
  trainedEncoder: `${root}reference/train-encoder`,
  formats: `${root}formats`,
};

export const describeWithShared = describe.skipIf(!existsSync(shared.encoder));

export const readTensors = (path: string) => decodeSafetensors(readFileSync(path), path).tensors;

/** The largest |a - b|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`got ${a.length} and ${b.length} values, expected equally many`);
  let largest = 0;
  for (let i = 0; i < a.length; i++)
    largest = Math.max(largest, Number.isFinite(a[i]) ? Math.abs(a[i] - b[i]) : Number.POSITIVE_INFINITY);
  return largest;
}
