import { UserError } from '../core/errors.ts';
import type { Tensors } from '../core/tensor.ts';
import { Graph, reachable } from '../graph/graph.ts';
import { ENCODER_PREFIX, encoderTensor, ModelContext } from './context.ts';
import { type Encoder, encode, strideOf } from './encoder.ts';

/** What of an encoder is trained: nothing, everything, or its so many deepest stages. */
export type EncoderTraining = 'none' | 'all' | { readonly deepest: number };

/**
 * Reads `none`, `all` or `deep:K`.
 *
 * @throws UserError for anything else, and for more stages than the encoder has
 */
export function parseEncoderTraining(given: string | boolean, encoder: Encoder): EncoderTraining {
  if (typeof given === 'boolean') return parseEncoderTraining(given ? 'all' : 'none', encoder);
  if (given === 'none') return given;
  if (encoder.model) {
    throw new UserError({
      what: 'trainEncoder',
      got: `${given} with ${encoder.name}`,
      expected: 'none: a model that is a file of its own is frozen',
      fix: 'leave it out, or take an encoder of docs/encoders.md',
    });
  }
  if (given === 'all') return given;
  const deepest = Number(/^deep:(\d+)$/.exec(given)?.[1] ?? 0);
  if (deepest >= 1 && deepest <= encoder.taps.length) return { deepest };
  throw new UserError({
    what: 'trainEncoder',
    got: given,
    expected: `all, none or deep:K with K from 1 to the ${encoder.taps.length} stages of ${encoder.name}`,
  });
}

export function formatEncoderTraining(training: EncoderTraining): string {
  return typeof training === 'string' ? training : `deep:${training.deepest}`;
}

/**
 * Names of an encoder's tensors that are trained. A stage is what a tap needs and no shallower tap does, so there are as
 * many stages as taps.
 */
export function trainedTensors(encoder: Encoder, training: EncoderTraining): ReadonlySet<string> {
  if (training === 'none') return new Set();
  if (training === 'all') return new Set(encoder.tensors.map(({ name }) => name));
  return new Set(stagesOf(encoder).slice(-training.deepest).flat());
}

/** Names of the tensors of each stage, shallow to deep. */
function stagesOf(encoder: Encoder): string[][] {
  const graph = new Graph();
  const stride = strideOf(encoder);
  const zeros: Tensors = new Map(
    encoder.tensors.map(({ name, shape }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: new Float32Array(size) }];
    }),
  );
  const trained = new Set(zeros.keys());
  const context = new ModelContext(graph, 'train', { encoder: zeros, trained });
  const taps = encode(context, encoder, graph.input('image', [1, 3, stride, stride]));
  const known = new Set<string>();
  return taps.map((tap) => {
    const inputs = reachable([tap]).flatMap(({ name, origin }) => (origin.kind === 'input' ? [name] : []));
    const stage = inputs.flatMap((name) => {
      const tensor = encoderTensor(name);
      return tensor === undefined || known.has(tensor) ? [] : [tensor];
    });
    for (const name of stage) known.add(name);
    return stage;
  });
}

/** An encoder's weights as a network has them: its own, where it has its own, else those of the encoder's file. */
export function withOwnEncoder(encoder: Tensors, weights: Tensors): Tensors {
  return new Map(
    Array.from(encoder, ([name, content]) => [name, weights.get(ENCODER_PREFIX + name) ?? content]),
  );
}
