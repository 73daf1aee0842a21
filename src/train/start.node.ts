import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { expectMemory } from '../core/memory.node.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensors } from '../core/tensor.ts';
import { type EncoderFile, readEncoder } from '../encoders/read.node.ts';
import { ENCODER_PREFIX } from '../nn/context.ts';
import { skipTaps } from '../nn/encoder.ts';
import { weightsFor } from '../nn/encoder-layer.ts';
import { type Architecture, parametersOf } from '../nn/model.ts';
import { parseSkips } from '../nn/skips.ts';
import { parseTransfer } from '../nn/transfer.ts';
import { readCheckpoint } from '../records/checkpoint.node.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { encoderOptionsOf } from '../settings/architecture.node.ts';
import type { NewSkips, TrainConfig } from '../settings/training.ts';
import { completeWeights, freshWeights, transferDecoder } from './weights.ts';

/** The encoder that settings name, with its weights as a network takes them. */
export async function encoderFor(
  { encoder }: Architecture,
  config: Pick<TrainConfig, 'encoder' | 'encoderInput' | 'encoderTaps' | 'imageSkip' | 'size'>,
  listener: Listener = {},
): Promise<EncoderFile> {
  const file = await readEncoder(config.encoder, listener, encoderOptionsOf(config));
  return { ...file, weights: weightsFor(encoder, file.weights) };
}

/** Where training starts: the weights, and what they are in words that hold on any machine. */
export interface Start {
  readonly initial: Tensors;
  readonly start: string;
}

/**
 * Weights drawn by the seed; or a file's, all of them (`init`) or all but the output layer (`pretrained`).
 *
 * @throws UserError if the file does not fit the network, or knows another encoder or images in another scale
 */
export async function startOf(
  architecture: Architecture,
  encoder: EncoderFile,
  config: {
    readonly seed: number;
    readonly init?: string;
    readonly pretrained?: string;
    readonly newSkips?: NewSkips;
    readonly transfer?: string;
    readonly encoderInput?: string;
  },
): Promise<Start> {
  const { seed, init, pretrained, newSkips, transfer = 'decoder' } = config;
  expectMemory(
    memoryOfWeights(architecture),
    `decoderChannels ${architecture.decoderChannels.join()}`,
    'lower --decoder-channels',
  );
  if (init) {
    const { tensors, metadata, sha256 } = await readCheckpoint(init);
    expectSameEncoder(encoder, metadata, init);
    expectSameInput(config.encoderInput, metadata, init);
    // A file may have a decoder alone: then the encoder is as it is in its own file.
    const own = Array.from(
      architecture.trained ?? [],
      (name) => [ENCODER_PREFIX + name, encoder.weights.get(name)!] as const,
    );
    const given = new Map([...own, ...tensors]);
    return { initial: completeWeights(architecture, given, init), start: `init ${sha256}` };
  }
  const fresh = freshWeights(architecture, seed, encoder.weights);
  if (!pretrained) return { initial: fresh, start: 'random' };
  const file = weightsFile(pretrained);
  const { tensors, metadata, sha256 } = await readCheckpoint(file);
  expectSameEncoder(encoder, metadata, file);
  expectSameInput(config.encoderInput, metadata, file);
  const skips = parseSkips(metadata.skips ?? 'all', skipTaps(architecture.encoder).length);
  const how = { skips, newSkips, transfer: parseTransfer(transfer), seed };
  const initial = transferDecoder(architecture, fresh, tensors, file, how);
  return { initial, start: `pretrained ${sha256}` };
}

/** Bytes: float32 weights, their gradients and the next weights; what the optimizer remembers and batches come on top. */
function memoryOfWeights(architecture: Architecture): number {
  return 3 * 4 * parametersOf(architecture).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** A decoder reads what one encoder makes of images. Of a file that says nothing of itself it is not known. */
function expectSameEncoder(
  { sha256 }: EncoderFile,
  metadata: Readonly<Record<string, string>>,
  file: string,
): void {
  const { format, encoder_sha256: trainedOn } = metadata;
  if (format === undefined || trainedOn === undefined || trainedOn === sha256) return;
  throw new UserError({
    what: `${file}: encoder`,
    got: `one with SHA-256 ${trainedOn.slice(0, 12)}…, ${metadata.encoder ?? 'unknown'}`,
    expected: `${sha256.slice(0, 12)}…, as in this run: a decoder knows the features of one encoder`,
    fix: 'name that encoder with --encoder, or take other weights',
  });
}

/** A decoder reads what the encoder makes of images in one scale. Of a file that says nothing of itself it is not known. */
function expectSameInput(
  encoderInput = 'own',
  metadata: Readonly<Record<string, string>>,
  file: string,
): void {
  const trainedOn = metadata.encoder_input ?? 'own';
  if (metadata.format === undefined || trainedOn === encoderInput) return;
  throw new UserError({
    what: `${file}: encoder_input`,
    got: trainedOn,
    expected: `${encoderInput}, as in this run: a decoder knows the features of images in one scale`,
    fix: `pass --encoder-input ${trainedOn}, or take other weights`,
  });
}

/** A weights file, or the last weights of a run folder. @throws UserError if there is neither */
export function weightsFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) {
    throw new UserError({
      what: path,
      got: 'no such file or folder',
      expected: 'a pretraining run or its weights',
    });
  }
  return found.isDirectory() ? join(path, RUN_PATHS.last) : path;
}
