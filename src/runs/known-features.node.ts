import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { partOf } from '../core/parts.ts';
import { expectFinite } from '../core/tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../onnx/safetensors.ts';
import { RUN_PATHS } from '../records/entries.ts';

const FEATURES = 'features';

/** Keeps the features of the images that a run has trained on, at least one, in its folder. */
export async function writeKnown(run: string, known: readonly Float32Array[]): Promise<void> {
  const channels = known[0].length;
  const data = new Float32Array(known.length * channels);
  for (const [i, features] of known.entries()) data.set(features, i * channels);
  const tensors = new Map([[FEATURES, { shape: [known.length, channels], data }]]);
  await writeWhole(join(run, RUN_PATHS.known), encodeSafetensors({ tensors, metadata: {} }));
}

/** The features of the images that a run has trained on, as they were kept. */
export async function readKnown(run: string): Promise<Float32Array[]> {
  const path = join(run, RUN_PATHS.known);
  const { tensors } = decodeSafetensors(await readNamed(path, 'the features of the images of a run'), path);
  const features = tensors.get(FEATURES);
  if (!features) {
    throw new UserError({
      what: path,
      got: `no tensor "${FEATURES}"`,
      expected: 'the features of the images that the run has trained on',
      fix: 'make it again: npx fewmask expect RUN',
    });
  }
  expectFinite(features, `${path}: tensor ${FEATURES}`);
  const [count] = features.shape;
  return Array.from({ length: count }, (_, i) => partOf(features.data, i, count).slice());
}
