import { UserError } from '../core/errors.ts';
import { RandomStream } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Value } from '../graph/graph.ts';
import { mul } from '../ops/elementwise.ts';
import { reshape, slice } from '../ops/movement.ts';
import { broadcastTo } from '../ops/reduce.ts';
import type { ModelContext } from './context.ts';
import type { Gate } from './decoder.ts';
import { type Encoder, skipTaps } from './encoder.ts';

/**
 * What becomes of the skip connections; level 1 is the shallowest.
 *
 * - `levels`: those kept are there, the others are multiplied by 0.
 * - `drop`: in training each is dropped at random, for each image by itself, with this probability; else all are there.
 *   What is left is not scaled by 1 / (1 - probability): a skip is there as a whole or not at all. The statistics of a
 *   batch, by which the layer behind it is normed, are therefore those of a mixture, unlike those of evaluation.
 *   Dropout on skips: Baur, Wiestler, Albarqouni, Navab 2020, "Bayesian Skip-Autoencoders for Unsupervised Hyperintense
 *   Anomaly Detection in High Resolution Brain MRI".
 * - `gated`: each is multiplied by a number that is learned, from 1.
 */
export type Skips =
  | { readonly kind: 'levels'; readonly kept: readonly number[] }
  | { readonly kind: 'drop'; readonly probability: number }
  | { readonly kind: 'gated' };

/** 1, 2, .. */
const levelsOf = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** The parameter of gated skips: a number a skip, level 1 first. */
export const SKIP_GATES = 'decoder.skip_gates';

/** The input by which gates come into a graph. */
export const GATES_INPUT = 'skip_gates';

/**
 * `all`, `none`, kept levels as `2,3,4`, `drop:P` with 0 < P < 1, `gated`.
 *
 * @param count of the encoder's skips
 * @throws UserError for anything else
 */
export function parseSkips(text: string, count: number): Skips {
  const said = text.trim();
  const levels = levelsOf(count);
  if (count === 0 && (said === 'gated' || said.startsWith('drop:'))) {
    throw wrong(text, 'all: this encoder has one tap, and no skip');
  }
  if (said === 'gated') return { kind: 'gated' };
  const [, dropped] = /^drop:(.+)$/.exec(said) ?? [];
  if (dropped) {
    const probability = Number(dropped);
    if (probability > 0 && probability < 1) return { kind: 'drop', probability };
    throw wrong(text, 'a probability between 0 and 1, as drop:0.5');
  }
  const kept =
    said === 'all' ? levels : said === 'none' ? [] : said.split(',').map((level) => Number(level.trim()));
  if (!kept.every((level, i) => levels.includes(level) && kept.indexOf(level) === i)) {
    throw wrong(text, `all, none, levels of ${levels} at most once, drop:P or gated`);
  }
  return { kind: 'levels', kept: [...kept].sort() };
}

function wrong(got: string, expected: string): UserError {
  return new UserError({ what: 'skips', got: JSON.stringify(got), expected });
}

/** The one spelling of skips, which `parseSkips` reads. */
export function formatSkips(skips: Skips, count: number): string {
  if (skips.kind === 'gated') return 'gated';
  if (skips.kind === 'drop') return `drop:${skips.probability}`;
  if (skips.kept.length === count) return 'all';
  return skips.kept.join() || 'none';
}

/** Whether the skip of a level is never there. */
export function isOff(skips: Skips | undefined, level: number): boolean {
  return skips?.kind === 'levels' && !skips.kept.includes(level);
}

/**
 * The gates of a network's skips, level 1 first. Gated ones are a parameter; dropped ones in training an input
 * `skip_gates` [N, skips, 1, 1], which `drawnGates` feeds.
 *
 * @param skips undefined = all, as they are
 * @param taps the encoder's
 */
export function gatesOf(context: ModelContext, skips: Skips | undefined, taps: readonly Value[]): Gate[] {
  const skipped = taps.slice(0, -1);
  if (skips?.kind === 'gated') {
    const gates = context.parameter(SKIP_GATES, [skipped.length], { fill: 1 });
    // Numbers a channel, which the kernels behind them take in.
    return skipped.map(({ shape }, i) => broadcastTo(single(gates, i), [1, shape[1], 1, 1]));
  }
  if (skips?.kind === 'drop') {
    if (context.mode !== 'train') return skipped.map(() => 1);
    const gates = context.graph.input(GATES_INPUT, [taps[0].shape[0], skipped.length, 1, 1]);
    return skipped.map((_, i) => slice(gates, 1, i, i + 1));
  }
  return skipped.map((_, i) => (isOff(skips, i + 1) ? 0 : 1));
}

/** Element i of [n], to be broadcast over images. */
function single(values: Value, i: number): Value {
  return reshape(slice(values, 0, i, i + 1), [1, 1, 1, 1]);
}

/**
 * What a training step is fed beside its batch: of dropped skips `skip_gates` [N, skips, 1, 1] of 0 and 1. Those of an
 * image depend on seed, epoch and its stem alone.
 */
export function drawnGates(
  { skips, encoder }: { readonly skips?: Skips; readonly encoder: Pick<Encoder, 'taps'> },
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
  stems: readonly string[],
): Readonly<Record<string, Tensor>> {
  if (skips?.kind !== 'drop') return {};
  const levels = skipTaps(encoder);
  const gates = stems.flatMap((stem) => {
    const stream = new RandomStream(seed, 'skips', epoch, stem);
    return levels.map(() => (stream.uniform() < skips.probability ? 0 : 1));
  });
  return { [GATES_INPUT]: { shape: [stems.length, levels.length, 1, 1], data: Float32Array.from(gates) } };
}

/** The encoder's taps, each multiplied by its number in an input `skip_gates` [taps]: the skips', then the bottleneck's. */
export function gatedTaps(taps: readonly Value[]): Value[] {
  const gates = taps[0].graph.input(GATES_INPUT, [taps.length]);
  return taps.map((tap, i) => mul(tap, single(gates, i)));
}
