import { UserError } from '../core/errors.ts';
import { type Listener, progressOf } from '../core/events.ts';
import { RandomStream } from '../core/random.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { joined } from '../data/duplicates/together.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { LABELLED, plainSources, REST } from '../settings/consistency.ts';
import { readingOf } from '../settings/pixels.ts';
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

export const NO_PLAIN: PlainSamples = { plain: [], hidden: [], warnings: [] };

/**
 * The plain images that a training learns from.
 *
 * @param images.train its images with masks
 * @param images.apart images that it must not see, nor duplicates of them; those that validate or test are known without
 * @throws UserError if there have to be some and there are none
 */
export async function plainSamples(
  config: TrainConfig,
  { train, apart = [] }: { readonly train: readonly Sample[]; readonly apart?: readonly Sample[] },
  listener: Listener = {},
): Promise<PlainSamples> {
  if (config.consistency === 'off' && !config.pseudoRounds) return NO_PLAIN;
  const sources = plainSources(config);
  const each: OfSource[] = [];
  for (const source of sources) {
    const found = await imagesOf(source, config, train, listener);
    each.push({ ...found, plain: await without(found.plain, apart, config, listener) });
  }
  const one = sources.length === 1;
  if (one && each[0].plain.length === 0 && config.consistency !== 'auto') {
    throw new UserError({
      what: config.pseudoRounds ? 'pseudoRounds' : 'consistency',
      got: `no plain image in ${sources[0] === REST ? config.data : sources[0]}`,
      expected: 'images beside those with masks in use, and beside those that validate or test',
      fix: 'name a folder of them: --plain DIR',
    });
  }
  const found = one
    ? each[0]
    : await together(each, { sources, train, reading: readingOf(config), listener });
  const used = some(found.plain, config);
  const known = used.filter(({ mask }) => mask !== undefined);
  const hidden = new RandomStream(config.seed, 'hidden').shuffled(known).slice(0, MOST_HIDDEN);
  return { plain: used.map(withoutMask), hidden, warnings: found.warnings };
}

/** What comes of one source, and what is odd about it. */
type OfSource = Pick<PlainSamples, 'plain' | 'warnings'>;

/** The images of a source that may be trained on, masks and all, without the training images. */
async function imagesOf(
  source: string,
  config: TrainConfig,
  train: readonly Sample[],
  listener: Listener,
): Promise<OfSource> {
  if (source === LABELLED) return { plain: train.map(withoutMask), warnings: [] };
  const plain = source === REST ? undefined : source;
  const { train: found, warnings } = await pretrainingImages({ ...config, plain }, listener);
  const masked = new Set(train.map(({ image }) => image));
  return { plain: found.filter(({ image }) => !masked.has(image)), warnings };
}

/** The images that are neither some others nor duplicates of them, nor of one group with them. */
async function without(
  plain: readonly Sample[],
  apart: readonly Sample[],
  config: TrainConfig,
  listener: Listener,
): Promise<readonly Sample[]> {
  if (apart.length === 0) return plain;
  const all = [...apart, ...plain];
  const clusterOf = await findDuplicates(all, readingOf(config), progressOf(listener, 'reading images'));
  const wholeOf = joined(all, clusterOf);
  const keyOf = (sample: Sample) => wholeOf(sample) ?? sample.image;
  const left = new Set(apart.map(keyOf));
  return plain.filter((sample) => !left.has(keyOf(sample)));
}

interface Together {
  readonly sources: readonly string[];
  readonly train: readonly Sample[];
  readonly reading: PixelReading;
  readonly listener: Listener;
}

/**
 * The images of several sources, each with the number of its source. An image counts for the first source that has it or a
 * duplicate of it, and not at all if it is one of a training image; but the training images may themselves be a source.
 *
 * @throws UserError if a source has no image of its own
 */
async function together(
  each: readonly OfSource[],
  { sources, train, reading, listener }: Together,
): Promise<OfSource> {
  const all = [...train, ...each.flatMap(({ plain }) => plain)];
  const clusterOf = await findDuplicates(all, reading, progressOf(listener, 'reading images'));
  const keyOf = (sample: Sample) => clusterOf(sample) ?? sample.image;
  const seen = new Set(train.map(keyOf));
  const warnings = each.flatMap((of) => of.warnings);
  const plain = each.flatMap((of, i) => {
    const own = sources[i] === LABELLED ? of.plain : of.plain.filter((sample) => !seen.has(keyOf(sample)));
    for (const sample of own) seen.add(keyOf(sample));
    const left = of.plain.length - own.length;
    if (own.length === 0) throw noneOf(sources[i], left);
    if (left > 0) {
      const why = 'they are duplicates of images with masks in use, or of an earlier --plain';
      warnings.push(`${left} images of ${sources[i]} are left out: ${why}`);
    }
    return own.map((sample) => ({ ...sample, source: i + 1 }));
  });
  return { plain, warnings };
}

const noneOf = (source: string, duplicates: number) =>
  new UserError({
    what: `--plain ${source}`,
    got: duplicates > 0 ? `${duplicates} images, all duplicates of others in use` : 'no plain image',
    expected: 'images that no other folder has',
    fix: 'leave it out',
  });

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
