import type { MaskSource } from '../data/folders/mask-source.ts';
import { PLAIN_RULE } from '../eval/mask-rule.ts';
import { SignalWatch, type Watched } from '../eval/signal-watch.ts';
import type { Views } from '../eval/views.ts';
import type { RunContext } from '../events/run-event.ts';
import type { Predictors } from '../expect/model.ts';
import { nearest } from '../expect/nearest.ts';
import { labellingOf } from '../settings/masks.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { type FoldRun, withMask } from './cross-validate.node.ts';
import { type OpenedRuns, openRuns } from './open-runs.node.ts';
import { scoredSet, withSources } from './scored-set.node.ts';
import type { SplitChoice, WeightsChoice } from './settings.ts';

/** An image whose true score is known, and whose network has not seen it. */
export interface HeldOut {
  readonly stem: string;
  readonly group?: string;
  /** At the mask's own size; of several classes the mean. */
  readonly dice: number;
  /** What its prediction says of itself, and how far it is from the images that its network has trained on. */
  readonly predictors: Predictors;
}

/** How networks are applied whose masks something is expected of. */
export interface Expecting {
  readonly views: Views;
  readonly weights: WeightsChoice;
  readonly encoder?: string;
  readonly threads: number | 'auto';
  /** Masks in place of those that images have, by stem. */
  readonly masks?: ReadonlyMap<string, MaskSource>;
}

/** Opens a run as its masks are expected: with no rule for masks, at its own size. */
export async function openExpecting(
  run: string,
  { views, weights, encoder }: Omit<Expecting, 'threads'>,
  context: RunContext,
): Promise<OpenedRuns> {
  const { threshold: maskThreshold, ...rest } = PLAIN_RULE;
  const rule = { maskThreshold, ...rest };
  return openRuns({ run, with: [], views, scales: 1, weights, encoder, ...rule }, context);
}

/** The test images of the networks that each held out a part of the masks, part by part. */
export async function heldOutOf(
  folds: readonly FoldRun[],
  how: Expecting,
  context: RunContext,
): Promise<(HeldOut & { readonly fold: number })[]> {
  const all: (HeldOut & { readonly fold: number })[] = [];
  for (const [k, { path }] of folds.entries()) {
    const runs = await openExpecting(path, { ...how, weights: 'last' }, context);
    const known = await knownFeatures(runs, how, context);
    for (const image of await testedBy(runs, known, how, context)) all.push({ ...image, fold: k + 1 });
  }
  return all;
}

/** The test images of a run, watched. */
export async function testedBy(
  runs: OpenedRuns,
  known: readonly Float32Array[],
  how: Expecting,
  context: RunContext,
): Promise<HeldOut[]> {
  const watched = await watchedSplit(runs, 'test', how, context);
  return watched.map(({ stem, group, dice, signals, features }) => ({
    ...{ stem, ...(group !== undefined && { group }), dice },
    predictors: { ...signals, distance: nearest(features, known) },
  }));
}

/** The features of the images with masks that a run has trained on. */
export async function knownFeatures(
  runs: OpenedRuns,
  how: Expecting,
  context: RunContext,
): Promise<Float32Array[]> {
  const once = { ...runs, application: { ...runs.application, views: 1 as const } };
  return (await watchedSplit(once, 'train', how, context)).map(({ features }) => features);
}

async function watchedSplit(
  runs: OpenedRuns,
  split: SplitChoice,
  { threads, masks = new Map() }: Expecting,
  context: RunContext,
): Promise<(Watched & { readonly stem: string; readonly group?: string; readonly dice: number })[]> {
  const { config, objective } = runs.first;
  if (config.kind !== 'train') return [];
  const { folder, samples: recorded } = await chooseSamples(runs.first, { split });
  const samples = recorded.map((sample) => withMask(sample, masks));
  const chosen = { folder, purpose: split, samples, labelling: labellingOf(config) };
  return withSources(runs, chosen, context, async (sources) => {
    const watch = new SignalWatch((output, size) => objective.output.masks!(output, size, size));
    const set = await scoredSet(runs, sources, { threads, watch }, context);
    if (set.kind !== 'segmentation') return [];
    return set.scores.map(({ stem, group, native }, i) => ({
      ...{ stem, group, dice: native.dice },
      ...watch.of(i),
    }));
  });
}
