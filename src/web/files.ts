import { UserError } from '../core/errors.ts';
import { sha256 } from '../core/sha256.ts';
import { parseSize } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { CONVERTED_FROM, encoderInTensors } from '../encoders/formats.ts';
import { withInput } from '../encoders/input.ts';
import { weightsFor } from '../nn/encoder-layer.ts';
import { type Architecture, checkArchitecture, checkSize } from '../nn/model.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import { decodeSafetensors, encodeSafetensors } from '../onnx/safetensors.ts';
import { checkpointMetadata } from '../records/checkpoint.ts';
import type { NetworkFiles, RunSettings } from '../runs/network-files.node.ts';
import { architectureBehind, asTrained } from '../settings/architecture.ts';
import { objectiveOf } from '../settings/objective.ts';
import type { RunConfig } from '../settings/training.ts';
import { completeWeights, freshWeights } from '../train/weights.ts';
import { parseRunSettings } from './settings.ts';

/** A network as its files have it. */
export interface ReadNetwork {
  readonly settings: RunSettings;
  readonly config: RunConfig;
  readonly architecture: Architecture;
  /** The encoder's weights as the network has them. */
  readonly encoder: Tensors;
  readonly encoderSha256: string;
  readonly weights: Tensors;
  /** They as a file. */
  readonly file: Uint8Array;
}

/** What files that a page was given are called in errors. */
const [ENCODER, WEIGHTS] = ['encoder', 'weights'];

/** @throws UserError naming what is wrong, or does not go together */
export async function readNetwork({
  encoder: bytes,
  weights: file,
  settings,
}: NetworkFiles): Promise<ReadNetwork> {
  const config = parseRunSettings(settings);
  if (config.crop) {
    throw new UserError({
      what: 'settings: crop',
      got: 'a network of pieces of images',
      expected: 'one of whole images: a page does not cut tiles',
    });
  }
  const encoderFile = decodeSafetensors(bytes, ENCODER);
  const encoderSha256 = encoderFile.metadata[CONVERTED_FROM] ?? (await sha256(bytes));
  const found = encoderInTensors(encoderFile.tensors, ENCODER);
  const encoder = asTrained(
    withInput(found.encoder, config.encoderInput),
    config.encoder,
    config.trainEncoder,
  );
  checkArchitecture({ ...config, encoder });
  checkSize(parseSize(config.size), encoder);
  const architecture = architectureBehind(encoder, config, objectiveOf(config).head);
  const own = weightsFor(encoder, found.weights);
  const read = { settings, config, architecture, encoderSha256 };
  if (!file) {
    const weights = freshWeights(architecture, config.seed, own);
    const provenance = { ...read, kind: config.kind, start: 'random', settings: config };
    const metadata = checkpointMetadata(provenance, { step: 0 });
    const drawn = encodeSafetensors({ tensors: weights, metadata });
    return { ...read, encoder: withOwnEncoder(own, weights), weights, file: drawn };
  }
  const { tensors, metadata } = decodeSafetensors(file, WEIGHTS);
  expectSameEncoder(metadata.encoder_sha256, encoderSha256);
  const weights = completeWeights(architecture, tensors, WEIGHTS);
  return { ...read, encoder: withOwnEncoder(own, weights), weights, file: file.slice() };
}

function expectSameEncoder(trainedWith: string | undefined, sha256: string): void {
  if (trainedWith === undefined || trainedWith === sha256) return;
  throw new UserError({
    what: ENCODER,
    got: `one with SHA-256 ${sha256.slice(0, 12)}…`,
    expected: `the one that the decoder was trained with, ${trainedWith.slice(0, 12)}…`,
    fix: 'give the file of the encoder that the run names',
  });
}
