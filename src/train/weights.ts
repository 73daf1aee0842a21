import { UserError } from '../core/errors.ts';
import type { Tensors } from '../core/tensor.ts';
import { contentOf, ENCODER_PREFIX, encoderTensor, type ParameterSpec } from '../nn/context.ts';
import { asTakenBy } from '../nn/encoder-layer.ts';
import { initialise } from '../nn/init.ts';
import { type Architecture, HEAD_PREFIX, parametersOf, skipReaders } from '../nn/model.ts';
import { changeReaders, foldGates } from '../nn/skip-weights.ts';
import { isOff, SKIP_GATES, type Skips } from '../nn/skips.ts';
import { type Transfer, transferred } from '../nn/transfer.ts';
import type { NewSkips } from '../settings/training.ts';

/**
 * Freshly drawn parameters; those of the encoder are its own.
 *
 * @param encoder the encoder's weights, where they are trained
 */
export function freshWeights(
  architecture: Architecture,
  seed: number,
  encoder: Tensors = new Map(),
): Tensors {
  return new Map(
    parametersOf(architecture).map((spec) => {
      const own = encoder.get(encoderTensor(spec.name) ?? '');
      return [spec.name, own ?? initialise(spec, seed)];
    }),
  );
}

/**
 * All parameters of a network out of a file, and what the file has of an encoder of its own. Running statistics may be
 * missing: they start at 0 and 1.
 *
 * @throws UserError naming the first tensor that is missing, unknown, or of another shape
 */
export function completeWeights(architecture: Architecture, tensors: Tensors, file: string): Tensors {
  const specs = [...parametersOf(architecture), ...frozenSpecs(architecture, tensors)];
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

/** The tensors of an encoder that a file has of its own, though the network does not train them. */
function frozenSpecs({ encoder, trained }: Architecture, tensors: Tensors): ParameterSpec[] {
  return encoder.tensors.flatMap(({ name, shape }) => {
    const own = ENCODER_PREFIX + name;
    if (trained?.has(name) || !tensors.has(own)) return [];
    return [{ name: own, shape, init: { given: true }, trainable: false }];
  });
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
 * Weights whose decoder is taken over from a file, and the encoder with it if it has been trained; the output layer stays as
 * it is. What `transfer` and `newSkips` say is of the decoder. Learned gates of skips are taken
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
  const specs = parametersOf(architecture).filter(({ name }) => encoderTensor(name) === undefined);
  const pretrained = specs.filter(({ name }) => !name.startsWith(HEAD_PREFIX) && !ownGates(name));
  const found = new Map(pretrained.map((spec) => [spec.name, contentOf(source, spec, file)]));
  const kept = transferred(pretrained, found, transfer, seed);
  const taken = new Map(specs.map(({ name }) => [name, kept.get(name) ?? weights.get(name)!]));
  const readers = skipReaders(architecture).filter(({ tensor }) => !tensor.startsWith(HEAD_PREFIX));
  const gates = taken.has(SKIP_GATES) ? undefined : source.get(SKIP_GATES)?.data;
  const folded = gates ? foldGates(taken, readers, gates) : taken;
  const unread = newSkips === 'keep' ? [] : readers.filter(({ level }) => isOff(skips, level));
  const decoder = changeReaders(folded, unread, (_, { tensor }, i) =>
    newSkips === 'zero' ? 0 : weights.get(tensor)!.data[i],
  );
  return new Map([...transferEncoder(architecture, weights, source, file), ...decoder]);
}

/** Weights of the encoder as a file has them, where it has its own. */
function transferEncoder(
  architecture: Architecture,
  weights: Tensors,
  source: Tensors,
  file: string,
): Tensors {
  const { encoder } = architecture;
  const given = [...source].flatMap(([name, content]) => {
    const own = encoderTensor(name);
    return own === undefined ? [] : [[own, content] as const];
  });
  const taken = asTakenBy(encoder, new Map(given));
  const known = new Set(encoder.tensors.map(({ name }) => name));
  const foreign = [...taken.keys()].find((name) => !known.has(name));
  if (foreign !== undefined) {
    throw new UserError({
      what: file,
      got: `a tensor ${ENCODER_PREFIX}${foreign}, which the encoder ${encoder.name} does not have`,
      expected: 'weights that fewmask has written, behind the same encoder',
      fix: 'give the encoder by --encoder FILE',
    });
  }
  const own = encoder.tensors.flatMap((spec) => {
    const name = ENCODER_PREFIX + spec.name;
    const found = taken.has(spec.name) ? contentOf(taken, spec, `${file}: encoder`) : weights.get(name);
    return found ? [[name, found] as const] : [];
  });
  return new Map(own);
}
