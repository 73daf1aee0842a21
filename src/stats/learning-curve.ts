import { UserError } from '../core/errors.ts';
import { count } from '../core/format.ts';
import { mean } from '../core/mean.ts';
import { RandomStream } from '../core/random.ts';
import { type Decomposition, decompose } from './decompose.ts';
import { stretched } from './interval.ts';
import { type Fit, fitsOf, type PowerLaw, scoreAt, weightsAt } from './power-law.ts';
import { resampledMeans, type Table } from './resample.ts';
import { studentCdf, studentQuantile } from './student.ts';

/** What an arm scored at several budgets of masks. */
export interface BudgetScores {
  /** Of each budget its number of masks, ascending. */
  readonly masks: readonly number[];
  /** Of each budget, by seed and image; the same seeds and images everywhere. Groups may stand in place of images (`overGroups`). */
  readonly tables: readonly Table[];
}

/** A number with its 95 % interval, over other seeds, draws of masks and images. */
export interface Estimate {
  readonly value: number;
  readonly ci95: readonly [number, number];
}

/** What the law said of the largest budget from the others alone. */
export interface HeldOut {
  readonly masks: number;
  readonly seen: number;
  readonly predicted: Estimate;
  /** Whether what was seen lies within. */
  readonly held: boolean;
}

/** A learning curve goes no further than so many times the largest budget. */
export const REACH = 2;
/** The law has three numbers. */
export const LEAST_BUDGETS = 3;
export const LEAST_SEEDS = 2;

/** Where scores do not vary at all. */
const ROUNDING = 1e-9;

/** Why so few budgets and seeds make no learning curve; undefined if they make one. */
export function whyNoCurve(budgets: number, seeds: number): string | undefined {
  if (budgets < LEAST_BUDGETS)
    return `${budgets} budgets of masks; a learning curve needs ${LEAST_BUDGETS}, and ${LEAST_BUDGETS + 1} to be checked`;
  return seeds < LEAST_SEEDS ? `${count(seeds, 'seed')}; an interval needs ${LEAST_SEEDS}` : undefined;
}

/** Of some combination of the budgets' scores, by exponent: its weights. */
type Contrast = (c: number) => readonly number[];

/**
 * The learning curve of an arm: score(n) = a - b n^-c, by plain least squares over the budgets' mean scores. Its intervals
 * hold for other seeds, draws of masks and images of the same kind, if the law is true.
 *
 * For a given exponent all that is asked is linear in the scores, so seed by seed and image by image the same combination can be
 * taken: a table like any other, with a variance (`decompose`) and resampled means (seeds and images are drawn once for all
 * budgets, as budgets are nested). The exponent is not known; so the interval is the union over exponents (profile likelihood;
 * Venzon and Moolgavkar 1988), each narrower the worse it fits:
 *
 *     Q(c)     = (misfit(c) - least misfit) / variance of a budget's mean about the curve
 *     interval = union over c of  value(c) -+ sqrt(k^2 - Q(c)) sqrt(variance(c))         c with Q(c) < k^2
 *
 * The variance in Q is that of the budgets' means about their common mean, over seeds and images. k is Student's t, of
 * `decompose`'s degrees of freedom. Of a gain the scores may hardly tell more than the range of exponents does. Then that range decides the
 * ends, and the truth can lie beyond one of them only; so for gains k is as for one side (Imbens and Manski 2004, "Confidence intervals for partially identified
 * parameters"): P(T < k + d) - P(T < -k) = 95 %, where d is the range of value(c) over the exponents with Q(c) < 1, in
 * standard errors.
 */
export class LearningCurve {
  readonly law: PowerLaw;
  readonly #scores: BudgetScores;
  readonly #fits: readonly Fit[];
  /** Of each budget. */
  readonly #means: readonly number[];
  readonly #resampled: readonly Float64Array[];
  /** Of a budget's mean about the mean of all. */
  readonly #variance: number;

  /** @throws UserError for fewer than 3 budgets or 2 seeds */
  constructor(scores: BudgetScores) {
    const { masks, tables } = scores;
    const why = whyNoCurve(masks.length, tables[0]?.length ?? 0);
    if (why) {
      const fix = 'study more of them: --labels 11,22,44,88 --seeds 3';
      throw new UserError({ what: 'learning curve', got: why, expected: 'enough of both', fix });
    }
    this.#scores = scores;
    this.#means = tables.map((table) => mean(table.map(mean)));
    this.#resampled = resampledMeans(tables, new RandomStream(0, 'learning-curve'));
    this.#fits = fitsOf(masks, this.#means);
    this.law = bestOf(this.#fits);
    const about = masks.map((_, at) =>
      decompose(
        combined(
          tables,
          unit(at, masks.length).map((one) => one - 1 / masks.length),
        ),
      ),
    );
    this.#variance = about.reduce((sum, { variance }) => sum + variance, 0) / (masks.length - 1);
  }

  /** The score with n masks. @throws UserError beyond twice the largest budget, and below the smallest */
  score(n: number): Estimate {
    const { masks } = this.#scores;
    this.#expectWithin(n);
    const ends = this.#interval((c) => weightsAt(n, masks, c), this.#fits);
    return within(0, 1, scoreAt(this.law, n), ends);
  }

  /** What so many masks more than the largest budget gain; never less than nothing. @throws UserError as `score` */
  gain(more: number): Estimate {
    const { masks } = this.#scores;
    const [from, to] = [masks.at(-1)!, masks.at(-1)! + more];
    this.#expectWithin(to);
    const contrast = (c: number) => difference(weightsAt(to, masks, c), weightsAt(from, masks, c));
    const ends = this.#interval(contrast, this.#fits, { oneSided: true });
    return within(0, 1, scoreAt(this.law, to) - scoreAt(this.law, from), ends);
  }

  /** The largest budget's score, predicted from the others; undefined with fewer than 4 budgets. */
  heldOut(): HeldOut | undefined {
    const { masks } = this.#scores;
    const [others, largest] = [masks.slice(0, -1), masks.at(-1)!];
    if (others.length < LEAST_BUDGETS) return undefined;
    const fits = fitsOf(others, this.#means.slice(0, -1));
    const seen = this.#means.at(-1)!;
    // How far the law is off: both have the same seeds and images.
    const contrast = (c: number) => [...weightsAt(largest, others, c), -1];
    const [low, high] = this.#interval(contrast, fits);
    const predicted = within(0, 1, scoreAt(bestOf(fits), largest), [seen + low, seen + high]);
    return { masks: largest, seen, predicted, held: low <= ROUNDING && -ROUNDING <= high };
  }

  #expectWithin(n: number): void {
    const { masks } = this.#scores;
    const most = REACH * masks.at(-1)!;
    if (n >= masks[0] && n <= most) return;
    throw new UserError({
      what: 'learning curve',
      got: `${n} masks`,
      expected: `from ${masks[0]} to ${most}, twice the largest budget`,
      fix: 'study larger budgets',
    });
  }

  /** @param options.oneSided whether the range of exponents may decide the ends */
  #interval(contrast: Contrast, fits: readonly Fit[], { oneSided = false } = {}): [number, number] {
    const least = Math.min(...fits.map(({ misfit }) => misfit));
    const all = fits.map(({ misfit, c }) => ({
      ...this.#combination(contrast(c)),
      // Where nothing varies, only what fits best counts.
      excess: misfit > least ? (misfit - least) / this.#variance : 0,
    }));
    const best = all.reduce((a, b) => (b.excess < a.excess ? b : a));
    const near = all.filter(({ excess }) => excess < 1);
    const values = near.map(({ parts }) => parts.mean);
    const error = Math.sqrt(Math.max(...near.map(({ parts }) => parts.variance)));
    const apart = error > 0 && oneSided ? (Math.max(...values) - Math.min(...values)) / error : 0;
    const k = criticalValue(apart, best.parts.degreesOfFreedom);
    const ends = all.flatMap(({ parts, resampled, excess }) =>
      excess < k ** 2
        ? stretched(resampled, parts.mean, 2 * Math.sqrt((k ** 2 - excess) * parts.variance))
        : [],
    );
    return [Math.min(...ends), Math.max(...ends)];
  }

  #combination(weights: readonly number[]): { parts: Decomposition; resampled: Float64Array } {
    const resampled = new Float64Array(this.#resampled[0].length);
    for (const [at, means] of this.#resampled.entries())
      for (let k = 0; k < means.length; k++) resampled[k] += weights[at] * means[k];
    return { parts: decompose(combined(this.#scores.tables, weights)), resampled };
  }
}

/** Of what cannot be less or more. The value is that of the law with b >= 0, and within. */
function within(
  least: number,
  most: number,
  value: number,
  [low, high]: readonly [number, number],
): Estimate {
  const kept = (number: number) => Math.min(most, Math.max(least, number));
  return { value: kept(value), ci95: [kept(Math.min(low, value)), kept(Math.max(high, value))] };
}

const bestOf = (fits: readonly Fit[]): Fit => fits.reduce((a, b) => (b.misfit < a.misfit ? b : a));

/** Seed by seed and image by image. */
function combined(tables: readonly Table[], weights: readonly number[]): Table {
  return tables[0].map((row, s) =>
    row.map((_, i) => weights.reduce((sum, weight, at) => sum + weight * tables[at][s][i], 0)),
  );
}

const difference = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]);

const unit = (at: number, length: number) => Array.from({ length }, (_, i) => (i === at ? 1 : 0));

/** k with P(T < k + apart) - P(T < -k) = 95 %: from t_{0.975} where `apart` is 0 down to t_{0.95}. */
function criticalValue(apart: number, freedom: number): number {
  let [low, high] = [studentQuantile(0.95, freedom), studentQuantile(0.975, freedom)];
  if (apart === 0) return high;
  while (high - low > 1e-6 * high) {
    const k = (low + high) / 2;
    if (studentCdf(k + apart, freedom) - studentCdf(-k, freedom) < 0.95) low = k;
    else high = k;
  }
  return high;
}
