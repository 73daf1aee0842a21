import type { RandomStream } from '../core/random.ts';
import type { Signals } from '../eval/signals.ts';
import { angleBetween, nearest } from './nearest.ts';

/** An image without a mask, by what a network makes of it. */
export interface Candidate {
  readonly signals: Signals;
  /** [channels] of the encoder's deepest tap. */
  readonly features: Float32Array;
}

/** What is chosen from candidates. */
export interface Choice {
  /** How many, at most as many as there are. */
  readonly count: number;
  /** Features of the images that have masks. */
  readonly known: readonly Float32Array[];
  readonly stream: RandomStream;
}

/** A way to choose the images that get masks next. */
export interface Strategy {
  readonly what: string;
  /** @returns the numbers of those that are chosen, the first first */
  choose<C extends Candidate>(candidates: readonly C[], choice: Choice): readonly number[];
}

/** How little a prediction trusts itself: 1 - the mean of `soft_dice` and `view_dice`, 0..1. */
export const uncertaintyOf = ({ soft_dice, view_dice }: Signals): number => 1 - (soft_dice + view_dice) / 2;

/** Of so many times as many uncertain images a diverse part is taken. */
const UNCERTAIN_SHARE = 4;

export const STRATEGIES = {
  random: {
    what: 'drawn at random',
    choose: (candidates, { count, stream }) => stream.shuffled([...candidates.keys()]).slice(0, count),
  },
  'random-marked': {
    what: 'drawn at random among the images in which the network marks something',
    choose: (candidates, { count, stream }) => {
      const drawn = stream.shuffled([...candidates.keys()]);
      const marked = drawn.filter((i) => candidates[i].signals.empty === 0);
      const others = drawn.filter((i) => candidates[i].signals.empty !== 0);
      return [...marked, ...others].slice(0, count);
    },
  },
  uncertain: {
    what: 'those whose predictions trust themselves least',
    choose: (candidates, { count }) => uncertain(candidates, count),
  },
  'uncertain-diverse': {
    what: `of ${UNCERTAIN_SHARE} times as many whose predictions trust themselves least, those most unlike each other and unlike the images with masks`,
    choose: (candidates, { count, known }) => {
      const from = uncertain(candidates, UNCERTAIN_SHARE * count);
      return farthestFirst(candidates, { from, count, known });
    },
  },
  diverse: {
    what: 'those most unlike each other and unlike the images with masks',
    choose: (candidates, { count, known }) =>
      farthestFirst(candidates, { from: [...candidates.keys()], count, known }),
  },
} as const satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof STRATEGIES;
export const STRATEGY_NAMES = Object.keys(STRATEGIES) as [StrategyName, ...StrategyName[]];

/** The most uncertain first; of those that are alike the earlier. */
function uncertain(candidates: readonly Candidate[], count: number): readonly number[] {
  return [...candidates.keys()]
    .sort((a, b) => uncertaintyOf(candidates[b].signals) - uncertaintyOf(candidates[a].signals))
    .slice(0, count);
}

/**
 * Again and again the one that is farthest from all that are known or chosen already (greedy k-centre; Sener and Savarese 2018,
 * "Active learning for convolutional neural networks: a core-set approach").
 */
function farthestFirst(
  candidates: readonly Candidate[],
  { from, count, known }: Pick<Choice, 'count' | 'known'> & { readonly from: readonly number[] },
): readonly number[] {
  const left = new Map(from.map((i) => [i, nearest(candidates[i].features, known)]));
  const chosen: number[] = [];
  while (chosen.length < count && left.size > 0) {
    const [next] = [...left].reduce((best, each) => (each[1] > best[1] ? each : best));
    left.delete(next);
    chosen.push(next);
    for (const [i, distance] of left)
      left.set(i, Math.min(distance, angleBetween(candidates[i].features, candidates[next].features)));
  }
  return chosen;
}
