import { mean } from '../../core/mean.ts';
import { METRICS } from '../../eval/metrics.ts';
import { scoreColumn } from '../../eval/score-columns.ts';
import type { MetricAnalysis } from '../../records/study-findings.ts';
import type { ImageRow, RunKey } from '../../records/study-tables.ts';
import { compareArms } from '../../stats/compare.ts';
import type { Score } from '../../stats/paired.ts';
import { averagedScores } from './draws.ts';

/** Whether less of a column is better; of one that is not known more is. */
function lowerIsBetter(column: string): boolean {
  const known = scoreColumn(column);
  return known !== undefined && METRICS[known.metric].better === 'lower';
}

/**
 * Every metric there is, in the order of the columns.
 *
 * @param rows of one budget of masks
 * @param arms the baseline first
 * @param primaryOf the arm of the primary contrast, if it is one of that metric
 */
export function analyseMetrics(
  rows: readonly ImageRow[],
  arms: readonly string[],
  primaryOf: (metric: string) => string | undefined,
): MetricAnalysis[] {
  const metrics = [...new Set(rows.flatMap(({ scores }) => Object.keys(scores)))];
  return metrics.map((metric) => {
    const { scores, images, units, leftOut } = scoresOf(rows, metric);
    const compared = comparableArms(rows, arms[0], units === 1 ? 2 : 1);
    const primary = primaryOf(metric);
    return {
      metric,
      lower_is_better: lowerIsBetter(metric),
      means: arms.flatMap((arm) => {
        const values = scores.filter((score) => score.arm === arm).map(({ value }) => value);
        return values.length > 0 ? { arm, mean: mean(values) } : [];
      }),
      comparisons:
        images > 0 && compared.length > 0
          ? compareArms(
              arms.filter((arm) => arm === arms[0] || compared.includes(arm)).flatMap(ofArm(scores)),
              arms[0],
              compared.includes(primary ?? '') ? { primary } : {},
            )
          : [],
      images_left_out: leftOut,
    };
  });
}

/** Arms that share at least so many seeds with the baseline. */
function comparableArms(rows: readonly RunKey[], baseline: string, seeds = 1): string[] {
  const byArm = new Map<string, Set<number>>();
  for (const { arm, seed } of rows) byArm.set(arm, (byArm.get(arm) ?? new Set<number>()).add(seed));
  const theirs = byArm.get(baseline) ?? new Set<number>();
  const others = [...byArm].filter(([arm]) => arm !== baseline);
  return others
    .filter(([, ours]) => [...ours].filter((seed) => theirs.has(seed)).length >= seeds)
    .map(nameOf);
}

const nameOf = ([arm]: readonly [string, unknown]) => arm;

const ofArm = (scores: readonly Score[]) => (arm: string) => scores.filter((score) => score.arm === arm);

/** A metric's scores, averaged over the draws of a seed, on the images that have it in every run. */
function scoresOf(rows: readonly ImageRow[], metric: string) {
  const runs = new Set(rows.map(({ arm, draw, seed }) => JSON.stringify([arm, draw, seed])));
  const found = new Map<string, number>();
  for (const { image, scores } of rows)
    found.set(image, (found.get(image) ?? 0) + (scores[metric] === undefined ? 0 : 1));
  const complete = new Set([...found].filter(([, count]) => count === runs.size).map(nameOf));
  const scores = rows
    .filter(({ image }) => complete.has(image))
    .map(({ arm, seed, image, group, scores }) => ({
      ...{ arm, seed: `${seed}`, image },
      ...(group !== undefined && { group }),
      value: scores[metric],
    }));
  return {
    scores: averagedScores(scores),
    images: complete.size,
    units: new Set(scores.map(({ group, image }) => group ?? image)).size,
    leftOut: found.size - complete.size,
  };
}
