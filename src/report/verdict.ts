import { signFlipP, smallestP } from '../stats/sign-flip.ts';
import { type Difference, differencesOf, type Measure, measuresOf } from './comparisons.ts';
import { count, fixed, listed, signed, significant } from './format.ts';
import { baseline, type Study } from './model.ts';
import { mean } from './statistics.ts';

/** Three to five plain sentences, computed from the numbers: what changed, by how much, and what that cannot show. */
export function studyVerdict(study: Study): string[] {
  const measures = measuresIn(study);
  if (measures.length === 0) return [NOTHING_YET];
  const [first, ...others] = measures;
  const opening = headline(first);
  return [
    opening,
    averages(first, opening === undefined),
    ...others.map((other) => averages(other, true)),
    certainty(study, first),
  ].filter((sentence) => sentence !== undefined);
}

/** Of the verdict what fits under a table: which way the arms went, and whether to believe it. */
export function studyInShort(study: Study): string[] {
  const [first] = measuresIn(study);
  if (!first) return [NOTHING_YET];
  return [headline(first), certainty(study, first)].filter((sentence) => sentence !== undefined);
}

const NOTHING_YET = 'No run of this study has results yet, so there is nothing to compare.';

const measuresIn = (study: Study) => measuresOf(study).filter(({ values }) => values.size > 0);

/** Which way each arm went, seeds counted; undefined without anything to compare. */
function headline(measure: Measure): string | undefined {
  const changes = differencesOf(measure).map(
    (difference) =>
      `by ${signed(difference.mean, measure.digits)} with ${difference.arm} (${sameWay(difference)} seeds)`,
  );
  return changes.length > 0
    ? `Against training from ${baseline}, the ${measure.name} changed ${listed(changes)}.`
    : undefined;
}

/** `higher in 2 of 3`: the seeds that went the way of the mean. */
function sameWay({ mean: average, higher, lower, differences }: Difference): string {
  const [word, number] = average < 0 ? ['lower', lower] : ['higher', higher];
  return `${word} in ${number} of ${differences.length}`;
}

/** The average of every arm and the range of its differences to the baseline; their mean where it has not been said. */
function averages(measure: Measure, withMeans: boolean): string {
  const { digits } = measure;
  const differences = new Map(differencesOf(measure).map((difference) => [difference.arm, difference]));
  const arms = [...measure.values].map(([arm, bySeed]) => {
    const value = `${fixed(mean([...bySeed.values()]), digits)} ${arm === baseline ? `from ${arm}` : `with ${arm}`}`;
    const difference = differences.get(arm);
    if (!difference) return value;
    const range = `seed by seed ${signed(difference.min, digits)} to ${signed(difference.max, digits)}`;
    return withMeans
      ? `${value} (${signed(difference.mean, digits)}; ${range}, ${sameWay(difference)})`
      : `${value} (${range})`;
  });
  const numbers = [...measure.values.values()].map((bySeed) => bySeed.size);
  const over = numbers.every((number) => number === numbers[0])
    ? count(numbers[0], 'seed')
    : 'the seeds that have it';
  const direction = measure.higherIsBetter ? '' : ' (lower is better)';
  return `${capital(measure.name)}${direction}, averaged over ${over}: ${listed(arms)}.`;
}

/** What so few seeds can and cannot show, by the exact two-sided sign-flip test on the seeds. */
function certainty(study: Study, measure: Measure): string {
  const differences = differencesOf(measure);
  if (differences.length === 0) {
    return measure.values.has(baseline)
      ? `Only ${baseline} has results, so there is nothing to compare it with.`
      : `The study has no results for the arm "${baseline}", so the arms are not compared with training from scratch.`;
  }
  const seeds = Math.max(...differences.map((difference) => difference.differences.length));
  const smallest = smallestP(seeds);
  const planned =
    study.plannedSeeds !== undefined && study.plannedSeeds > seeds ? ` of ${study.plannedSeeds} planned` : '';
  const limit = `With ${seeds === 1 ? 'one seed' : `${seeds} seeds`}${planned}`;
  if (smallest > 0.05) {
    return `${limit} no significance can be claimed: even if every seed agreed, the smallest two-sided sign-flip p is 2/2${superscript(seeds)} = ${significant(smallest)}; it takes 6 seeds or more.`;
  }
  if (seeds > 20) return `${limit} a paired test over seeds is possible; this report does not make one.`;
  const tests = differences.map(
    ({ arm, differences: values }) => `${arm} p = ${fixed(signFlipP(values), 3)}`,
  );
  return `${limit} the exact two-sided sign-flip test on ${measure.name} gives ${listed(tests)}, not corrected for the number of arms.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const superscript = (number: number): string =>
  String(number).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]);
