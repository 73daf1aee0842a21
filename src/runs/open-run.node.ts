import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { manifest } from '../core/manifest.node.ts';
import { parseSize } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { asksForNoise } from '../data/pretexts/index.ts';
import { isEncoderName } from '../encoders/catalogue.ts';
import { type EncoderFile, readEncoder, withEncoders } from '../encoders/read.node.ts';
import type { Network } from '../eval/predictor.ts';
import { weightsFor } from '../nn/encoder-layer.ts';
import { type Architecture, parametersOf } from '../nn/model.ts';
import { AVERAGE_PREFIX } from '../nn/step-graph.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import { readCheckpoint } from '../records/checkpoint.node.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { expectEntry, readEntry } from '../records/entry.node.ts';
import { readSavedState } from '../records/saved-state.node.ts';
import { architectureOf, encoderOptionsOf } from '../settings/architecture.node.ts';
import { pretextOf } from '../settings/meaning.ts';
import { objectiveOf, type RunObjective } from '../settings/objective.ts';
import { expectKnownKeys } from '../settings/parse.ts';
import { resolvePretrain, resolveTrain } from '../settings/resolve.node.ts';
import {
  type PretrainOptions,
  RUN_SCHEMAS,
  type RunConfig,
  type TrainOptions,
} from '../settings/training.ts';
import { completeWeights } from '../train/weights.ts';
import type { WeightsChoice } from './settings.ts';

/** A run that has been made: its settings and a network with its weights. */
export interface OpenedRun {
  readonly path: string;
  readonly config: RunConfig;
  readonly objective: RunObjective;
  readonly network: Network;
  readonly weights: 'best' | 'last';
  /** SHA-256 of the files that hold them. */
  readonly hashes: { readonly encoder: string; readonly weights: string };
}

/** @throws UserError for an autoencoder whose target is noise: its output is no image */
export function expectNoNoise({ path, config }: Pick<OpenedRun, 'path' | 'config'>): void {
  if (config.kind === 'train' || !asksForNoise(pretextOf(config))) return;
  throw new UserError({
    what: path,
    got: 'an autoencoder that was asked for noise',
    expected: 'a network whose output is an image or a mask',
    fix: 'pretrain one with --denoise-target image',
  });
}

/** The settings of a run folder, with another encoder if one is given. */
async function readRunConfig(
  path: string,
  encoder: string | undefined,
  listener: Listener,
): Promise<RunConfig> {
  const { kind, ...written } = await expectEntry(path, RUN.settings);
  const settings = { ...written, ...(encoder !== undefined && { encoder }) };
  if (kind !== 'train' && kind !== 'pretrain') {
    throw new UserError({
      what: `${join(path, RUN.settings.name)}: kind`,
      got: String(kind),
      expected: 'train or pretrain',
      fix: 'name the folder of one run',
    });
  }
  expectKnownKeys(RUN_SCHEMAS[kind], written, join(path, RUN.settings.name) + (await writtenByOther(path)));
  // An edited file may leave out settings; then defaults hold.
  expectEncoder(settings.encoder);
  const cores = availableParallelism();
  return withEncoders(
    () =>
      kind === 'train'
        ? { kind, ...resolveTrain(settings as TrainOptions, cores) }
        : { kind, ...resolvePretrain(settings as PretrainOptions, cores) },
    listener,
  );
}

/** ` (of fewmask 0.2.0, this is 0.3.0)`; empty of a run of this version, or where that is not known. */
async function writtenByOther(path: string): Promise<string> {
  const { fewmask } = (await readEntry(path, RUN.environment)) ?? {};
  const { version } = manifest;
  return typeof fewmask === 'string' && fewmask !== version
    ? ` (of fewmask ${fewmask}, this is ${version})`
    : '';
}

function expectEncoder(encoder: unknown): void {
  if (typeof encoder !== 'string' || isEncoderName(encoder) || existsSync(encoder)) return;
  throw new UserError({
    what: encoder,
    got: 'no such file',
    expected: 'the encoder weights that the run was made with',
    fix: 'name them with --encoder',
  });
}

/**
 * Opens a run folder. Its weights may have been edited; their names and shapes must fit.
 *
 * @param options.encoder another encoder file, or name, than the run's
 * @throws UserError naming the file that is missing or does not fit
 */
export async function openRun(
  path: string,
  options: Listener & { readonly weights?: WeightsChoice; readonly encoder?: string } = {},
): Promise<OpenedRun> {
  const config = await readRunConfig(path, options.encoder, options);
  const weights = chooseWeights(path, options.weights ?? 'auto');
  const file = weightsPath(path, weights);
  const encoder = await readEncoder(config.encoder, options, encoderOptionsOf(config));
  const { tensors, metadata, sha256 } = await readCheckpoint(file);
  const trainedWith = metadata.encoder_sha256;
  if (trainedWith && trainedWith !== encoder.sha256) {
    throw new UserError({
      what: config.encoder,
      got: `an encoder with SHA-256 ${encoder.sha256.slice(0, 12)}…`,
      expected: `the one that the decoder was trained with, ${trainedWith.slice(0, 12)}…`,
      fix: 'name it with --encoder',
    });
  }
  return {
    ...{ path, config, weights, hashes: { encoder: encoder.sha256, weights: sha256 } },
    ...networkOf({ config, encoder, file }, () => tensors),
  };
}

/**
 * Opens a run while it is trained: its network as it was when its state was saved last.
 *
 * @returns undefined if none was saved yet
 */
export async function openUnderWay(
  path: string,
  listener: Listener = {},
): Promise<(Omit<OpenedRun, 'weights' | 'hashes'> & { readonly step: number }) | undefined> {
  const file = join(path, RUN_PATHS.state);
  const saved = await readSavedState(file);
  if (!saved) return undefined;
  const config = await readRunConfig(path, undefined, listener);
  const encoder = await readEncoder(config.encoder, listener, encoderOptionsOf(config));
  const found = { config, encoder, file };
  const { state, position } = saved;
  return { path, config, step: position.step, ...networkOf(found, (of) => weightsInState(of, state)) };
}

/** What a checkpoint would hold, of the state of a training: the averages, where there are any. */
function weightsInState(architecture: Architecture, state: Tensors): Tensors {
  return new Map(
    parametersOf(architecture).flatMap(({ name }) => {
      const content = state.get(AVERAGE_PREFIX + name) ?? state.get(name);
      return content ? [[name, content] as const] : [];
    }),
  );
}

/** A network of weights that were read, from a file that messages name. */
function networkOf(
  {
    config,
    encoder,
    file,
  }: { readonly config: RunConfig; readonly encoder: EncoderFile; readonly file: string },
  tensorsOf: (architecture: Architecture) => Tensors,
): Pick<OpenedRun, 'objective' | 'network'> {
  const objective = objectiveOf(config);
  const architecture = architectureOf(config, objective.head);
  const complete = completeWeights(architecture, tensorsOf(architecture), file);
  return {
    objective,
    network: {
      architecture,
      encoder: withOwnEncoder(weightsFor(architecture.encoder, encoder.weights), complete),
      weights: complete,
      size: parseSize(config.size),
    },
  };
}

const weightsPath = (path: string, which: 'best' | 'last') => join(path, RUN_PATHS[which]);

/** @throws UserError for best weights of a run that has none */
export function chooseWeights(path: string, choice: WeightsChoice): 'best' | 'last' {
  const best = existsSync(weightsPath(path, 'best'));
  if (choice === 'best' && !best) {
    throw new UserError({
      what: weightsPath(path, 'best'),
      got: 'no such file',
      expected: 'the best weights of a run that validated',
      fix: 'pass --weights last',
    });
  }
  return choice === 'auto' ? (best ? 'best' : 'last') : choice;
}
