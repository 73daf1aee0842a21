import { UserError } from '../core/errors.ts';
import { inform, type Listener } from '../core/events.ts';
import { significant } from '../core/format.ts';
import { quantile } from '../core/quantile.ts';
import { foreground, type Labelling, type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import { isExclusive } from '../settings/mask-loss.ts';
import { labellingOf, type MaskSettings } from '../settings/masks.ts';
import type { TrainConfig } from '../settings/training.ts';
import type { LoadedSamples } from './images.node.ts';

/**
 * How much pixels of each class count so that rare ones are not lost: the median of the classes' frequencies by the class's own,
 * where a frequency is a class's share of the pixels of the images that have it (Eigen and Fergus 2015, median frequency
 * balancing). A class that no image has counts 1.
 *
 * @param masks of one plane
 */
export function balancedWeights(masks: Iterable<LabelMap>, classes: number): number[] {
  const own = new Array<number>(classes).fill(0);
  const around = new Array<number>(classes).fill(0);
  for (const { data } of masks) {
    const counts = new Array<number>(classes).fill(0);
    let known = 0;
    for (let i = 0; i < data.length; i++) {
      if (data[i] === UNKNOWN) continue;
      counts[data[i]]++;
      known++;
    }
    for (const [c, count] of counts.entries()) {
      own[c] += count;
      if (count > 0) around[c] += known;
    }
  }
  const frequencies = own.map((count, c) => count / around[c]);
  const median = quantile(
    frequencies.filter((each) => each > 0).sort((a, b) => a - b),
    0.5,
  );
  return frequencies.map((each) => (each > 0 ? median / each : 1));
}

type OfClasses = Pick<TrainConfig, 'classWeights' | 'loss' | keyof MaskSettings>;

/**
 * The weights that settings give.
 *
 * @throws UserError for another number of them than there are classes, and where a pixel may be of several or none
 */
export function givenClassWeights(config: OfClasses): 'auto' | readonly number[] | undefined {
  const { classWeights } = config;
  if (classWeights === 'none') return undefined;
  if (!/\b(bce|cross-entropy|focal)\b/.test(config.loss)) {
    throw new UserError({
      what: 'classWeights',
      got: `${classWeights} with --loss ${config.loss}`,
      expected: 'a loss in which pixels are weighed: cross-entropy or focal, alone or in a sum',
      fix: 'leave one of the two out',
    });
  }
  const labelling = labellingOf(config);
  const { classes } = labelling;
  const namesOf = (some: Labelling['classes']) => some.map(({ name }) => name).join(', ');
  if (!isExclusive(labelling)) {
    throw new UserError({
      what: 'classWeights',
      got: `${classWeights} for ${namesOf(foreground(labelling))}`,
      expected: 'several classes of which each pixel has one',
      fix: 'leave it out',
    });
  }
  if (classWeights === 'auto') return 'auto';
  const list = typeof classWeights === 'string' ? numbersIn(classWeights) : classWeights;
  const usable = list.every((each) => Number.isFinite(each) && each >= 0) && list.some((each) => each > 0);
  if (list.length === classes.length && usable) return list;
  throw new UserError({
    what: 'classWeights',
    got: String(classWeights),
    expected: `auto, none, or ${classes.length} numbers from 0, not all of them 0, one for each of ${namesOf(classes)}`,
  });
}

/** Numbers between commas; NaN for what is none, such as nothing. */
const numbersIn = (text: string) =>
  text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));

/** How much classes count in the loss; those that follow from the training masks are told. */
export function classWeightsOf(
  config: OfClasses,
  { samples, nativeMask }: Pick<LoadedSamples, 'samples' | 'nativeMask'>,
  listener: Listener,
): readonly number[] | undefined {
  const given = givenClassWeights(config);
  if (given !== 'auto') return given;
  const { classes } = labellingOf(config);
  const weights = balancedWeights(
    samples.map((_, i) => nativeMask(i)),
    classes.length,
  );
  const told = classes.map(({ name }, c) => `${name} ${significant(weights[c], 3)}`);
  inform(listener, `class weights: ${told.join(', ')}`);
  return weights;
}
