import type {
  BudgetAnalysis,
  Claim,
  ClaimName,
  EpochsToLevel,
  Evidence,
  MetricAnalysis,
  PrimaryContrast,
  StudyAnalysis,
  StudyFindings,
} from '../../records/study-findings.ts';
import type { StudyTables } from '../../records/study-tables.ts';
import { withHolm } from '../../stats/holm.ts';
import { seedsNeeded, smallestP } from '../../stats/sign-flip.ts';
import { type AnalysisOptions, analyseStudy } from './analysis.ts';
import { sentenceOf, unmeasured, type Wording } from './claim-text.ts';
import { masksIn } from './gaps.ts';
import { judge } from './judge.ts';

/**
 * What a study has found: its analysis, and what may be claimed of it.
 */
export function findingsOf(tables: StudyTables, options: AnalysisOptions): StudyFindings {
  const analysis = analyseStudy(tables, options);
  return { ...analysis, claims: claimsOf(analysis) };
}

/** Judges what may be said of the arms of a study, by the rules of `judge`. */
export function claimsOf({ budgets, baseline, arms, primary }: StudyAnalysis): Claim[] {
  return budgets.flatMap((budget) => {
    const here = primary?.labels === budget.labels ? primary : undefined;
    const claims = familiesAt(budget, baseline, here).flatMap((family) => judged(family, budget, baseline));
    return arms.flatMap((arm) => claims.filter((claim) => claim.arm === arm));
  });
}

/** Less is what the claim says. */
const LOWER = { neutral: 0, claimed: -1 } as const;

/** One claim of every arm. */
interface Family {
  readonly claim: ClaimName;
  readonly metric?: string;
  /** The arm of the primary contrast, if it is of this family. */
  readonly primary?: string;
  readonly compared: readonly Omit<Evidence, 'smallest_p' | 'seeds_needed'>[];
  /** The smallest p that its test can give from so many seeds; default that of the sign-flip test. */
  floor?(seeds: number): number;
  readonly wording: Wording;
  /** What else must be known to read an arm's numbers. */
  remark?(arm: string): string | undefined;
  /** Why an arm's numbers mean nothing, if they do. */
  obstacle?(arm: string): string | undefined;
}

function familiesAt(
  budget: BudgetAnalysis,
  baseline: string,
  primary: PrimaryContrast | undefined,
): Family[] {
  const { metrics, lowest_val_loss, epochs_to_level, stability } = budget;
  const nothing = lowest_val_loss.length === 0 ? withoutValidation(budget) : undefined;
  return [
    ...metrics.flatMap((metric) => scoreFamily(metric, baseline, primary)),
    {
      claim: 'lower_validation_loss',
      compared: lowest_val_loss.map(asEvidence),
      wording: {
        ...LOWER,
        says: `reaches a lower validation loss than ${baseline}`,
        of: 'the lowest validation loss',
      },
      ...nothing,
    },
    ...(epochs_to_level ? [epochsFamily(epochs_to_level, baseline)] : []),
    ...(nothing ? [{ ...unknownEpochs(baseline), ...nothing }] : []),
    {
      claim: 'steadier_over_epochs',
      compared: stability.over_epochs.map(asEvidence),
      wording: {
        ...LOWER,
        says: `trains more steadily from epoch to epoch than ${baseline}`,
        of: 'the change of the validation loss from epoch to epoch',
      },
      ...nothing,
    },
    {
      claim: 'steadier_over_seeds',
      compared: stability.over_seeds.map(({ ratio, ci95: [low, high], ...rest }) => ({
        ...rest,
        estimate: Math.sqrt(ratio),
        ci95: [Math.sqrt(low), Math.sqrt(high)] as const,
      })),
      // Pitman and Morgan's p may be as small as it likes, if values are normal: too few do not tell whether they are.
      floor: (seeds) => (seeds < seedsNeeded() ? smallestP(seeds) : 0),
      wording: {
        neutral: 1,
        claimed: -1,
        says: `varies less from seed to seed than ${baseline}`,
        of: 'the standard deviation of test Dice over seeds',
        few: 'so few seeds do not show whether their scores are normal, as the test takes them to be',
      },
    },
  ];
}

/** Of claims about validation where nothing validates: the arms that have runs to compare, without numbers. */
function withoutValidation({ metrics }: BudgetAnalysis): Pick<Family, 'compared' | 'obstacle'> {
  const tested = metrics.find(({ metric }) => metric === 'dice')?.comparisons ?? [];
  const unknown = { estimate: Number.NaN, p: Number.NaN, p_holm: Number.NaN };
  return {
    compared: tested.map(({ arm, seeds }) => ({ arm, ...unknown, seeds })),
    obstacle: () => 'no image validates',
  };
}

/** Of test Dice, and of the primary contrast's metric. */
function scoreFamily(
  { metric, lower_is_better, comparisons }: MetricAnalysis,
  baseline: string,
  primary: PrimaryContrast | undefined,
): Family[] {
  const named = primary?.metric === metric ? primary.arm : undefined;
  if (metric !== 'dice' && named === undefined) return [];
  return [
    {
      claim: 'better_score',
      metric,
      primary: named,
      compared: comparisons.map(asEvidence),
      wording: {
        neutral: 0,
        claimed: lower_is_better ? -1 : 1,
        says: `scores a ${lower_is_better ? 'lower' : 'higher'} ${metric} than ${baseline}`,
        of: `the mean ${metric} of the test images`,
      },
    },
  ];
}

function epochsFamily({ level, horizon, curves, comparisons }: EpochsToLevel, baseline: string): Family {
  const goal = `a validation Dice of ${level.toFixed(3)}`;
  const both = (arm: string) => [arm, baseline].map((name) => curves.find((curve) => curve.arm === name)!);
  return {
    claim: 'fewer_epochs',
    compared: comparisons.map(asEvidence),
    wording: {
      ...LOWER,
      says: `takes fewer epochs than ${baseline} to ${goal}`,
      of: `the epochs to ${goal}`,
    },
    remark: (arm) =>
      both(arm).every(({ runs, reached }) => reached === runs)
        ? undefined
        : `${both(arm)
            .map((curve) => `${curve.reached} of ${curve.runs} runs of ${curve.arm}`)
            .join(' and ')} reached it; the others count as ${horizon} epochs.`,
    obstacle: (arm) =>
      both(arm).some(({ reached }) => reached > 0)
        ? undefined
        : `no run of ${arm} or ${baseline} reached ${goal} in ${horizon} epochs`,
  };
}

const unknownEpochs = (baseline: string): Pick<Family, 'claim' | 'wording'> => ({
  claim: 'fewer_epochs',
  wording: {
    ...LOWER,
    says: `takes fewer epochs than ${baseline} to a good validation Dice`,
    of: 'the epochs to a good validation Dice',
  },
});

const asEvidence = <Compared extends { readonly difference: number }>({
  difference,
  ...rest
}: Compared): Omit<Compared, 'difference'> & { readonly estimate: number } => ({
  ...rest,
  estimate: difference,
});

function judged(family: Family, budget: BudgetAnalysis, baseline: string): Claim[] {
  const { claim, metric, primary: named, compared, wording, floor = smallestP } = family;
  const floors = compared.map(({ arm, seeds }) => ({ arm, p: floor(seeds) }));
  const smallest = withHolm(floors, named).map(({ p_holm }) => p_holm);
  const others = compared.filter(({ arm }) => arm !== named).length;
  const claims = compared.map(({ arm, estimate, ci95, p, p_holm, seeds }, i): Claim => {
    const primary = arm === named;
    const evidence: Evidence = {
      ...{ arm, estimate, ...(ci95 && { ci95 }), p, p_holm, seeds },
      smallest_p: smallest[i],
      seeds_needed: seedsNeeded(primary || wording.few !== undefined ? 1 : others),
    };
    const obstacle = family.obstacle?.(arm);
    const found = {
      ...{ claim, ...(metric && { metric }), labels: budget.labels, primary },
      verdict: obstacle ? ('cannot_be_claimed' as const) : judge(evidence, wording),
      ...evidence,
    };
    const about = { where: masksIn(budget), baseline, remark: family.remark?.(arm) };
    return {
      ...found,
      sentence: obstacle ? unmeasured(obstacle, arm, wording, about) : sentenceOf(found, wording, about),
    };
  });
  return claims.filter((one) => one.primary || one.metric === undefined || one.metric === 'dice');
}
