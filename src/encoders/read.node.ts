import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import type { Tensors } from '../core/tensor.ts';
import { encoderWeights } from '../nn/encoder.ts';
import { decodeSafetensors } from '../onnx/safetensors.ts';
import { ENCODER_NAMES, knownEncoder, nearestEncoder } from './catalogue.ts';
import { type EncoderHooks, obtainEncoder } from './obtain.node.ts';
import { randomEncoderFile, randomSeed } from './random.ts';

/** The frozen encoder and what identifies it. */
export interface EncoderFile {
  readonly weights: Tensors;
  /** Of the whole file. */
  readonly sha256: string;
}

/**
 * Reads an encoder.
 *
 * @param encoder the name of a known one, which is fetched if it has not been, `random` or `random:SEED`, or a .safetensors
 *   file
 * @throws UserError if it is none of them, cannot be fetched, or naming the first tensor that is missing or has another shape
 */
export async function readEncoder(encoder: string, hooks: EncoderHooks = {}): Promise<EncoderFile> {
  const bytes = await bytesOf(encoder, hooks);
  return {
    weights: encoderWeights(decodeSafetensors(bytes, encoder).tensors, encoder),
    sha256: sha256(bytes),
  };
}

async function bytesOf(encoder: string, hooks: EncoderHooks): Promise<Uint8Array> {
  const seed = randomSeed(encoder);
  if (seed !== undefined) return randomEncoderFile(seed);
  const known = knownEncoder(encoder);
  return known ? obtainEncoder(known, hooks) : readFile(encoder);
}

function readFile(path: string): Promise<Uint8Array> {
  const expected = `MobileNetV2 weights, a .safetensors file, or a known encoder (${ENCODER_NAMES.join(', ')})`;
  if (existsSync(path)) return readNamed(path, expected);
  throw new UserError({
    what: path,
    got: 'no such file',
    expected,
    fix: `check the path, or did you mean ${nearestEncoder(basename(path))}?`,
  });
}
