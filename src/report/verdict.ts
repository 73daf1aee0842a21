import { type Difference, differencesOf, type Measure, measuresOf } from './comparisons.ts';
import { count, fixed, listed, signed } from './format.ts';
import { baseline, type Study } from './model.ts';
import { mean, signFlipP } from './statistics.ts';

/** Two to four plain sentences, computed from the numbers: one for each measure, and what they cannot show. */
export function studyVerdict(study: Study): string[] {
  const measures = measuresOf(study).filter(({ values }) => values.size > 0);
  if (measures.length === 0) return ['No run of this study has results yet, so there is nothing to compare.'];
  return [...measures.map(measureSentence), certaintySentence(study, measures[0])];
}

function measureSentence(measure: Measure): string {
  const differences = new Map(differencesOf(measure).map((difference) => [difference.arm, difference]));
  const arms = [...measure.values].map(([arm, bySeed]) => {
    const value = `${fixed(mean([...bySeed.values()]), measure.digits)} ${arm === baseline ? 'from scratch' : `with ${arm}`}`;
    const difference = differences.get(arm);
    return difference ? `${value} (${differenceText(difference, measure)})` : value;
  });
  const seeds = [...measure.values.values()].map((bySeed) => bySeed.size);
  const over = seeds.every((number) => number === seeds[0])
    ? count(seeds[0], 'seed')
    : 'the seeds that have it';
  const direction = measure.higherIsBetter ? '' : ' (lower is better)';
  return `${capital(measure.name)}${direction}, averaged over ${over}: ${listed(arms, '; ')}.`;
}

/** `+0.012; seed by seed +0.004 to +0.021, higher in 3 of 3`. */
function differenceText(
  { mean: average, min, max, higher, lower, differences }: Difference,
  { digits }: Measure,
): string {
  const [word, number] = average < 0 ? ['lower', lower] : ['higher', higher];
  return `${signed(average, digits)}; seed by seed ${signed(min, digits)} to ${signed(max, digits)}, ${word} in ${number} of ${differences.length}`;
}

/** What so few seeds can and cannot show, by the exact two-sided sign-flip test on the seeds. */
function certaintySentence(study: Study, measure: Measure): string {
  const differences = differencesOf(measure);
  if (differences.length === 0) {
    return measure.values.has(baseline)
      ? `Only ${baseline} has results, so there is nothing to compare it with.`
      : `The study has no results for the arm "${baseline}", so the arms are not compared with training from scratch.`;
  }
  const seeds = Math.max(...differences.map((difference) => difference.differences.length));
  const smallest = 2 / 2 ** seeds;
  const planned =
    study.plannedSeeds !== undefined && study.plannedSeeds > seeds ? ` of ${study.plannedSeeds} planned` : '';
  const limit = `With ${seeds === 1 ? 'one seed' : `${seeds} seeds`}${planned}`;
  if (smallest > 0.05) {
    return `${limit} no significance can be claimed: even if every seed agreed, the smallest two-sided sign-flip p is 2/2^${seeds} = ${fixed(Math.min(1, smallest), 3).replace(/0+$/, '').replace(/\.$/, '')}.`;
  }
  if (seeds > 20) return `${limit} a paired test over seeds is possible; this report does not make one.`;
  const tests = differences.map(
    ({ arm, differences: values }) => `${arm} p = ${fixed(signFlipP(values), 3)}`,
  );
  return `${limit} the exact two-sided sign-flip test on ${measure.name} gives ${listed(tests)}, not corrected for the number of arms.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
