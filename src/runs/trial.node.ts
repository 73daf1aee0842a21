import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { inform, progressOf } from '../core/events.ts';
import { mean } from '../core/mean.ts';
import { RandomStream } from '../core/random.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { joined } from '../data/duplicates/together.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { dividedInto } from '../data/folders/folds.ts';
import type { RunContext } from '../events/run-event.ts';
import { STRATEGIES, type StrategyName } from '../expect/strategies.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig } from '../settings/training.ts';
import { type Comparison, compareArms } from '../stats/compare.ts';
import type { Score } from '../stats/paired.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { masksOf } from './cross-validate.node.ts';
import { type Expecting, knownFeatures, openExpecting } from './held-out.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { expectTraining, retrain, tellTime } from './retrain.node.ts';
import { watchedImages } from './watched-images.node.ts';

/** Networks of a trial before more masks are added. */
const START = 'start';

/** What is played back. */
export interface TrialPlan {
  /** How often the images of the start are drawn anew. */
  readonly draws: number;
  /** Masks that the networks know before they choose. */
  readonly start: number;
  /** Masks that are added. */
  readonly count: number;
  readonly strategy: StrategyName;
}

/** What came of it, played back on masks that there are. */
export interface Trial extends TrialPlan {
  /** Images that could be chosen, those of the start included. */
  readonly pool: number;
  /** The images that networks are scored on: tests, or masks of the run that were put aside for it. */
  readonly scored: { readonly of: 'test' | 'aside'; readonly images: number };
  /** Mean Dice by arm, `start` first, of each draw in their order. */
  readonly dice: Readonly<Record<string, readonly number[]>>;
  /** What `count` masks more have brought that were drawn at random. */
  readonly more: Comparison;
  /** The strategy against masks drawn at random, and against those drawn among images in which something is marked. */
  readonly chosen: readonly (Comparison & { readonly against: StrategyName })[];
}

/** What a strategy has to be better than. */
const RIVALS = ['random', 'random-marked'] as const satisfies readonly StrategyName[];

/** So many test images say enough. */
const FEWEST_TESTS = 10;
/** Without them so much of the masks is put aside. */
const ASIDE = 3;

/**
 * Plays back, on a run's own masks, whether it pays to choose the images that get masks next. Of each draw a network is trained on a few
 * of them; then each strategy chooses more among the others by it, as if these had no masks yet; and of each choice a network
 * is trained, all with the same seed. They are scored on images that cannot be chosen.
 *
 * What was trained lies in the run's folder, and is not trained again.
 *
 * @returns undefined if it was interrupted
 * @throws UserError for too few masks, for a run that marks nothing, and for one on pieces of images
 */
export async function trialOf(
  run: OpenedRun,
  plan: TrialPlan,
  how: Expecting,
  context: RunContext,
): Promise<Trial | undefined> {
  const config = expectTraining(run);
  const { pool, scored, of } = await poolOf(run, config, context);
  expectEnough(run, pool, plan);
  const names = [...new Set<StrategyName>([...RIVALS, plan.strategy])];
  const arms = [START, ...names];
  const pathOf = (draw: number, arm: string) =>
    join(run.path, RUN_PATHS.trial, `${plan.start}-and-${plan.count}`, `draw-${draw + 1}`, arm);
  const draws = Array.from({ length: plan.draws }, (_, draw) => draw);
  const all = draws.flatMap((draw) => arms.map((arm) => pathOf(draw, arm)));
  await tellTime(run, all, `on parts of the ${pool.length} masks`, context);
  const scores: Score[] = [];
  for (const draw of draws) {
    inform(context, `draw ${draw + 1} of ${plan.draws}`);
    const trained = async (arm: string, train: readonly Sample[]) => {
      const out = pathOf(draw, arm);
      const counted = { number: all.indexOf(out), of: all.length };
      if (!(await retrain(config, { out, train, test: scored, seed: config.seed + draw }, counted, context)))
        return false;
      for (const { stem, group, dice } of await expectEntry(out, RUN.test))
        scores.push({ arm, seed: String(draw), image: stem, ...(group && { group }), value: Number(dice) });
      return true;
    };
    const shuffled = new RandomStream(config.seed, 'trial', draw).shuffled(pool);
    const [start, rest] = [shuffled.slice(0, plan.start), shuffled.slice(plan.start)];
    if (!(await trained(START, start))) return undefined;
    const runs = await openExpecting(pathOf(draw, START), { ...how, weights: 'last' }, context);
    const known = await knownFeatures(runs, how, context);
    const samples = rest.map(({ mask: _, ...sample }) => sample);
    const watched = await watchedImages(
      runs,
      { folder: config.data, purpose: 'pool', samples },
      how,
      context,
    );
    const withMasks = new Map(rest.map((sample) => [sample.image, sample]));
    for (const name of names) {
      const stream = new RandomStream(config.seed, 'trial', draw, name);
      const chosen = STRATEGIES[name].choose(watched, { count: plan.count, known, stream });
      const more = chosen.map((i) => withMasks.get(watched[i].image)!);
      if (!(await trained(name, [...start, ...more]))) return undefined;
    }
  }
  return { ...plan, pool: pool.length, scored: { of, images: scored.length }, ...found(scores, plan) };
}

/** @param scores of all arms, draws (as seeds) and images */
function found(
  scores: readonly Score[],
  { strategy, draws }: TrialPlan,
): Pick<Trial, 'dice' | 'more' | 'chosen'> {
  const against = (rival: string, arm: string) =>
    compareArms(
      scores.filter((score) => score.arm === rival || score.arm === arm),
      rival,
    )[0];
  const arms = [...new Set(scores.map(({ arm }) => arm))];
  const meansOf = (arm: string) =>
    Array.from({ length: draws }, (_, draw) =>
      mean(
        scores.filter((score) => score.arm === arm && score.seed === String(draw)).map(({ value }) => value),
      ),
    );
  return {
    dice: Object.fromEntries(arms.map((arm) => [arm, meansOf(arm)])),
    more: against(START, 'random'),
    chosen: RIVALS.filter((rival) => rival !== strategy).map((rival) => ({
      ...against(rival, strategy),
      against: rival,
    })),
  };
}

/** The masks that can be chosen, and the images that networks are scored on. */
async function poolOf(
  run: Pick<OpenedRun, 'path' | 'config'>,
  config: TrainConfig,
  context: RunContext,
): Promise<{
  readonly pool: readonly Sample[];
  readonly scored: readonly Sample[];
  readonly of: Trial['scored']['of'];
}> {
  const masked = await masksOf(run);
  const { test } = await expectEntry(run.path, RUN.splits);
  if (test.length >= FEWEST_TESTS) {
    const { samples } = await chooseSamples(run, { split: 'test' });
    return { pool: masked, scored: samples, of: 'test' };
  }
  const clusterOf = await findDuplicates(masked, readingOf(config), progressOf(context, 'reading images'));
  const parts = dividedInto(ASIDE, masked, {
    ...{ root: run.path, seed: config.seed, wholeOf: joined(masked, clusterOf) },
  });
  return { pool: parts.slice(1).flat(), scored: parts[0], of: 'aside' };
}

/** Half of what can be chosen, at most: else all choose alike. */
function expectEnough(
  { path }: Pick<OpenedRun, 'path'>,
  pool: readonly Sample[],
  { start, count }: TrialPlan,
): void {
  if (pool.length >= start + 2 * count) return;
  throw new UserError({
    what: `--trial of ${path}`,
    got: `${pool.length} masks to choose from`,
    expected: `at least ${start + 2 * count}: ${start} to start with, and twice the ${count} that are added`,
    fix: `take fewer, such as --count ${Math.max(1, Math.floor(pool.length / 4))} --start ${Math.max(1, Math.floor(pool.length / 4))}`,
  });
}
