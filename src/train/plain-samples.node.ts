import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { RandomStream } from '../core/random.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { LABELLED } from '../settings/consistency.ts';
import type { TrainConfig } from '../settings/training.ts';
import { pretrainingImages } from './pretrain.node.ts';

/** Plain images whose masks are known after all, and on which pseudo-masks are scored: so many say enough. */
const MOST_HIDDEN = 32;

/** The plain images of a training. */
export interface PlainSamples {
  /** Without masks, whether there are any or not. */
  readonly plain: readonly Sample[];
  /** Some of them with their masks, which training never sees: they tell how true pseudo-masks are. */
  readonly hidden: readonly Sample[];
  readonly warnings: readonly string[];
}

const NONE: PlainSamples = { plain: [], hidden: [], warnings: [] };

/**
 * The plain images that a training learns from.
 *
 * @param train its images with masks
 * @throws UserError if there have to be some and there are none
 */
export async function plainSamples(
  config: TrainConfig,
  train: readonly Sample[],
  listener: Listener = {},
): Promise<PlainSamples> {
  if (config.consistency === 'off') return NONE;
  if (config.plain === LABELLED) return { ...NONE, plain: train.map(withoutMask) };
  const found = await pretrainingImages(config, listener);
  const masked = new Set(train.map(({ image }) => image));
  const plain = found.train.filter(({ image }) => !masked.has(image));
  if (plain.length === 0 && config.consistency === 'teacher') {
    throw new UserError({
      what: 'consistency',
      got: `no plain image in ${config.plain ?? config.data}`,
      expected: 'images beside those with masks in use, and beside those that validate or test',
      fix: 'name a folder of them: --plain DIR',
    });
  }
  const used = some(plain, config);
  const known = used.filter(({ mask }) => mask !== undefined);
  const hidden = new RandomStream(config.seed, 'hidden').shuffled(known).slice(0, MOST_HIDDEN);
  return { plain: used.map(withoutMask), hidden, warnings: found.warnings };
}

/** As many as are asked for, in their order. */
function some(
  plain: readonly Sample[],
  { plainCount, seed }: Pick<TrainConfig, 'plainCount' | 'seed'>,
): readonly Sample[] {
  if (plainCount === undefined || plainCount >= plain.length) return plain;
  const drawn = new Set(new RandomStream(seed, 'plain-count').shuffled(plain).slice(0, plainCount));
  return plain.filter((sample) => drawn.has(sample));
}

const withoutMask = ({ mask: _, ...sample }: Sample): Sample => sample;
