import { readNamed, sha256, writeWhole } from '../core/files.node.ts';
import type { Tensors } from '../core/tensor.ts';
import { decodeSafetensors, type Safetensors, safetensorsParts } from '../onnx/safetensors.ts';
import { checkpointMetadata, type Provenance, type Reached } from './checkpoint.ts';

/** Weights of a decoder, and what identifies the file. */
export async function readCheckpoint(path: string): Promise<Safetensors & { readonly sha256: string }> {
  const bytes = await readNamed(path, 'weights, a .safetensors file');
  return { ...decodeSafetensors(bytes, path), sha256: sha256(bytes) };
}

/** Writes the weights of a network. */
export async function writeCheckpoint(
  path: string,
  tensors: Tensors,
  provenance: Provenance,
  reached: Reached,
): Promise<void> {
  const metadata = checkpointMetadata(provenance, reached);
  await writeWhole(path, safetensorsParts({ tensors, metadata }));
}
