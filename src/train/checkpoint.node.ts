import { UserError } from '../core/errors.ts';
import { readNamed, sha256, writeWhole } from '../core/files.node.ts';
import type { Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import { initialise } from '../nn/init.ts';
import { type Architecture, HEAD_PREFIX, parametersOf, skipReaders } from '../nn/model.ts';
import { changeReaders, foldGates } from '../nn/skip-weights.ts';
import { isOff, SKIP_GATES, type Skips } from '../nn/skips.ts';
import { type Transfer, transferred } from '../nn/transfer.ts';
import { decodeSafetensors, type Safetensors, safetensorsParts } from '../onnx/safetensors.ts';
import { mayDiffer, settingsOf } from '../settings/setting.ts';
import { type NewSkips, RUN_SCHEMAS } from '../settings/training.ts';

/** Weights of a decoder, and what identifies the file. */
export async function readCheckpoint(path: string): Promise<Safetensors & { readonly sha256: string }> {
  const bytes = await readNamed(path, 'weights, a .safetensors file');
  return { ...decodeSafetensors(bytes, path), sha256: sha256(bytes) };
}

/** How weights came about; no paths, times or machine, so that equal runs give equal bytes. */
export interface Provenance {
  readonly kind: 'pretrain' | 'train';
  readonly architecture: Architecture;
  readonly encoderSha256: string;
  /** What training started from: `random`, or a file's role and SHA-256. */
  readonly start: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Writes the parameters of a network, and nothing else of the state. */
export async function writeCheckpoint(
  path: string,
  state: Tensors,
  provenance: Provenance,
  reached: Readonly<Record<string, number | boolean>>,
): Promise<void> {
  const { kind, architecture, encoderSha256, start } = provenance;
  const tensors = new Map(parametersOf(architecture).map(({ name }) => [name, state.get(name)!]));
  const metadata = {
    format: 'fewmask 1',
    kind,
    decoder: architecture.decoder,
    decoder_channels: architecture.decoderChannels.join(','),
    outputs: String(architecture.head.channels),
    encoder: architecture.encoder.name,
    encoder_sha256: encoderSha256,
    start,
    ...textOf({ ...toldSettings(provenance), ...reached }),
  };
  await writeWhole(path, safetensorsParts({ tensors, metadata }));
}

/** The settings that decide the weights. Where nothing is degraded, nothing decides how. */
function toldSettings({ kind, settings }: Provenance): Readonly<Record<string, unknown>> {
  const schema = RUN_SCHEMAS[kind];
  const degrading = settingsOf(schema).flatMap(([name, , { degrades }]) => (degrades ? [name] : []));
  const untold = [...mayDiffer(schema), ...(settings.degrade === 'none' ? degrading : [])];
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !untold.includes(key)));
}

function textOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [snakeCase(key), String(value)]));
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Freshly drawn parameters. */
export function freshWeights(architecture: Architecture, seed: number): Tensors {
  return new Map(parametersOf(architecture).map((spec) => [spec.name, initialise(spec, seed)]));
}

/**
 * All parameters of a network out of a file. Running statistics may be missing: they start at 0 and 1.
 *
 * @throws UserError naming the first tensor that is missing, unknown, or of another shape
 */
export function completeWeights(architecture: Architecture, tensors: Tensors, file: string): Tensors {
  const specs = parametersOf(architecture);
  const known = new Set(specs.map(({ name }) => name));
  for (const name of tensors.keys()) {
    if (known.has(name) || name.endsWith('.num_batches_tracked')) continue;
    throw new UserError({
      what: `${file}: tensor ${name}`,
      got: 'a tensor that this network does not have',
      expected: `the ${specs.length} tensors of decoder ${architecture.decoder}`,
      fix: 'check --decoder, --decoder-channels and --skips',
    });
  }
  return new Map(
    specs.map((spec) => [
      spec.name,
      spec.trainable || tensors.has(spec.name) ? contentOf(tensors, spec, file) : initialise(spec, 0),
    ]),
  );
}

export interface TransferOptions {
  /** Those that the file was trained with; default all. */
  readonly skips?: Skips;
  /** What weights start from that read skips which were off then: what the file holds (default), zero, or what was drawn. */
  readonly newSkips?: NewSkips;
  /** What is taken over; default everything. */
  readonly transfer?: Transfer;
  /** Of what is drawn anew. */
  readonly seed?: number;
}

/**
 * Weights whose decoder is taken over from a file, the output layer staying as it is. Learned gates of skips are taken
 * over by a network that has gates; by another what they do, in the weights behind them.
 *
 * @param weights freshly drawn
 * @throws UserError naming the first tensor that is missing or of another shape
 */
export function transferDecoder(
  architecture: Architecture,
  weights: Tensors,
  source: Tensors,
  file: string,
  options: TransferOptions = {},
): Tensors {
  const { skips, newSkips = 'keep', transfer = { kind: 'decoder' }, seed = 0 } = options;
  const ownGates = (name: string) => name === SKIP_GATES && !source.has(name);
  const specs = parametersOf(architecture);
  const pretrained = specs.filter(({ name }) => !name.startsWith(HEAD_PREFIX) && !ownGates(name));
  const found = new Map(pretrained.map((spec) => [spec.name, contentOf(source, spec, file)]));
  const kept = transferred(pretrained, found, transfer, seed);
  const taken = new Map(specs.map(({ name }) => [name, kept.get(name) ?? weights.get(name)!]));
  const readers = skipReaders(architecture).filter(({ tensor }) => !tensor.startsWith(HEAD_PREFIX));
  const gates = taken.has(SKIP_GATES) ? undefined : source.get(SKIP_GATES)?.data;
  const folded = gates ? foldGates(taken, readers, gates) : taken;
  if (newSkips === 'keep') return folded;
  const unread = readers.filter(({ level }) => isOff(skips, level));
  return changeReaders(folded, unread, (_, { tensor }, i) =>
    newSkips === 'zero' ? 0 : weights.get(tensor)!.data[i],
  );
}
