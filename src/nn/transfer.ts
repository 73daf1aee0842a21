import { UserError } from '../core/errors.ts';
import { RandomStream } from '../core/random.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import type { ParameterSpec } from './context.ts';
import { initialise } from './init.ts';
import { levelOf } from './model.ts';
import { SKIP_GATES } from './skips.ts';

/**
 * What is taken over of a pretrained decoder. All but the first are controls: each keeps a part of what pretraining has
 * changed, and shows by it what the rest is good for.
 *
 * - `decoder`: everything.
 * - `matched`: of each tensor its mean and standard deviation, no more (Raghu, Zhang, Kleinberg, Bengio 2019,
 *   "Transfusion: Understanding Transfer Learning for Medical Imaging": the scale of pretrained weights alone).
 * - `shuffled`: of each tensor its values, in a random order.
 * - `partial`: the deepest levels, as many as `levels`; the others start anew.
 */
export type Transfer =
  | { readonly kind: 'decoder' }
  | { readonly kind: 'matched' }
  | { readonly kind: 'shuffled' }
  | { readonly kind: 'partial'; readonly levels: number };

/**
 * `decoder`, `matched`, `shuffled`, `partial:K` with K from 1.
 *
 * @throws UserError for anything else
 */
export function parseTransfer(text: string): Transfer {
  const [, levels] = /^partial:([1-9]\d*)$/.exec(text) ?? [];
  if (levels) return { kind: 'partial', levels: Number(levels) };
  if (text === 'decoder' || text === 'matched' || text === 'shuffled') return { kind: text };
  throw new UserError({
    what: 'transfer',
    got: JSON.stringify(text),
    expected: 'decoder, matched, shuffled or partial:K, the K deepest levels',
  });
}

/**
 * The weights that a transfer leaves of a pretrained decoder.
 *
 * @param specs of the tensors in question; running statistics among them start anew in `matched` and `shuffled`, as they
 *   are of features that are no longer made
 * @param pretrained their content
 * @param seed of what is drawn
 * @throws UserError if more levels are wanted than there are
 */
export function transferred(
  specs: readonly ParameterSpec[],
  pretrained: Tensors,
  transfer: Transfer,
  seed: number,
): Tensors {
  const keep = keptBy(specs, transfer, seed);
  return new Map(specs.map((spec) => [spec.name, keep(spec, pretrained.get(spec.name)!)]));
}

type Keep = (spec: ParameterSpec, content: Tensor) => Tensor;

function keptBy(specs: readonly ParameterSpec[], transfer: Transfer, seed: number): Keep {
  const anew = (spec: ParameterSpec) => initialise(spec, seed);
  switch (transfer.kind) {
    case 'decoder':
      return (_, content) => content;
    case 'matched':
      return (spec, content) =>
        spec.trainable ? withMomentsOf(content, new RandomStream(seed, 'matched', spec.name)) : anew(spec);
    case 'shuffled':
      return (spec, content) =>
        spec.trainable ? inRandomOrder(content, new RandomStream(seed, 'shuffled', spec.name)) : anew(spec);
    case 'partial': {
      // Gates of skips belong to no level, and stay.
      const levels = [
        ...new Set(specs.map(({ name }) => levelOf(name)).filter((level) => level !== SKIP_GATES)),
      ];
      if (transfer.levels >= levels.length) {
        throw new UserError({
          what: 'transfer',
          got: `partial:${transfer.levels}`,
          expected: `fewer levels than the ${levels.length} of the decoder`,
          fix: 'take decoder for all of them',
        });
      }
      const kept = new Set([...levels.slice(0, transfer.levels), SKIP_GATES]);
      return (spec, content) => (kept.has(levelOf(spec.name)) ? content : anew(spec));
    }
  }
}

/** Normal draws, shifted and scaled so that their mean and standard deviation are exactly those of the content. */
function withMomentsOf({ shape, data }: Tensor, stream: RandomStream): Tensor {
  const drawn = Float64Array.from(data, () => stream.normal());
  const [wanted, had] = [momentsOf(data), momentsOf(drawn)];
  const scale = had.deviation > 0 ? wanted.deviation / had.deviation : 0;
  return { shape, data: Float32Array.from(drawn, (z) => wanted.mean + scale * (z - had.mean)) };
}

function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

function inRandomOrder({ shape, data }: Tensor, stream: RandomStream): Tensor {
  return { shape, data: Float32Array.from(stream.shuffled([...data])) };
}
