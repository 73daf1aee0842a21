import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import type { Tensors } from '../core/tensor.ts';
import { encoderWeights } from '../nn/encoder.ts';
import { decodeSafetensors } from '../onnx/safetensors.ts';
import { KNOWN_ENCODERS, knownEncoder, nearestEncoder } from './catalogue.ts';
import { type EncoderHooks, obtainEncoder } from './obtain.node.ts';

/** The frozen encoder and what identifies it. */
export interface EncoderFile {
  readonly weights: Tensors;
  /** Of the whole file. */
  readonly sha256: string;
}

/**
 * Reads an encoder.
 *
 * @param encoder the name of a known one, which is fetched if it has not been, or a .safetensors file
 * @throws UserError if it is neither, cannot be fetched, or naming the first tensor that is missing or has another shape
 */
export async function readEncoder(encoder: string, hooks: EncoderHooks = {}): Promise<EncoderFile> {
  const known = knownEncoder(encoder);
  const bytes = known ? await obtainEncoder(known, hooks) : await readFile(encoder);
  return {
    weights: encoderWeights(decodeSafetensors(bytes, encoder).tensors, encoder),
    sha256: sha256(bytes),
  };
}

function readFile(path: string): Promise<Uint8Array> {
  const names = KNOWN_ENCODERS.map(({ name }) => name).join(', ');
  const expected = `MobileNetV2 weights, a .safetensors file, or a known encoder (${names})`;
  if (existsSync(path)) return readNamed(path, expected);
  throw new UserError({
    what: path,
    got: 'no such file',
    expected,
    fix: `check the path, or did you mean ${nearestEncoder(basename(path))}?`,
  });
}
