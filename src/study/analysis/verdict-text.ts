import { count, listed, probability } from '../../core/format.ts';
import type { Claim, ClaimName, StudyFindings, Verdict } from '../../records/study-findings.ts';
import { CLAIMS, equals, numbersOf, WORDS } from './claim-text.ts';
import { masksIn } from './gaps.ts';
import { LEVEL } from './judge.ts';

/** A part of the verdict: what it is of, if not of the whole, and what is found. */
export interface VerdictLine {
  readonly title?: string;
  readonly text: string;
}

/** The primary contrast first, then each claim over all arms. */
export function studyVerdict(findings: StudyFindings): VerdictLine[] {
  const nothing = nothingToCompare(findings);
  if (nothing) return [{ text: nothing }];
  const lines = CLAIMS.flatMap(({ claim, title }): VerdictLine[] => {
    const claims = claimsNamed(findings, claim);
    return claims.length > 0
      ? [{ title: `${title} than ${findings.baseline}`, text: `${summary(claims, findings)}.` }]
      : [];
  });
  return [{ text: primaryLine(findings) }, ...lines];
}

/** Of the verdict what fits under a table: the primary contrast, and test Dice. */
export function studyInShort(findings: StudyFindings): string[] {
  return studyVerdict(findings)
    .slice(0, 2)
    .map(({ title, text }) => (title ? `${title}: ${text}` : text));
}

/** Of test Dice for `better_score`, whatever metric the primary contrast is in. */
export function claimsNamed({ claims }: StudyFindings, name: ClaimName): Claim[] {
  return claims.filter(({ claim, metric = 'dice' }) => claim === name && metric === 'dice');
}

function nothingToCompare({ budgets, claims, arms, baseline }: StudyFindings): string | undefined {
  if (claims.length > 0) return undefined;
  if (budgets.length === 0) {
    return 'No runs of this study that can be compared have ended yet, so there is nothing to compare.';
  }
  if (!arms.includes(baseline))
    return `The study has no results for ${baseline}, with which the other arms are compared.`;
  return arms.length === 1
    ? `Only ${baseline} has results, so there is nothing to compare it with.`
    : `No arm shares a seed with ${baseline} yet, so there is nothing to compare.`;
}

function primaryLine({ primary, claims, baseline }: StudyFindings): string {
  if (!primary) {
    return 'No primary contrast was named before the study, so its comparisons are exploratory.';
  }
  const found = claims.find((claim) => claim.primary);
  return found
    ? `The primary contrast, named before the study. ${found.sentence}`
    : `The primary contrast, named before the study, is ${primary.arm} against ${baseline} (${primary.metric}, labels ${primary.labels}). It has no results yet.`;
}

/** Of so many comparisons all are told with their numbers; of more those that found something, the tables hold the others. */
const MOST_TOLD = 2;
/** So many arms are named. */
const MOST_NAMED = 6;

/** Which arms a claim holds for, and which not, verdict by verdict; of many the arm of the primary contrast first. */
function summary(claims: readonly Claim[], findings: StudyFindings): string {
  if (claims.length <= MOST_TOLD) return groups(claims, findings, true);
  const { primary } = findings;
  const first = claims.filter(({ arm, labels }) => arm === primary?.arm && labels === primary.labels);
  if (first.length === 0) return groups(claims, findings, false);
  const others = claims.filter((claim) => !first.includes(claim));
  const rest = `The other ${count(others.length, 'comparison')}: ${groups(others, findings, false)}`;
  return `${groups(first, findings, true)}. ${rest}`;
}

/** Its verdict, and whether it could not be measured at all, as no run came that far or as nothing validates. */
type Group = Verdict | 'unmeasured' | 'unvalidated';
const ORDER: readonly Group[] = [
  'supported',
  'contradicted',
  'no_difference',
  'cannot_be_claimed',
  'unmeasured',
  'unvalidated',
];

function groupOf({ verdict, estimate, smallest_p: p }: Claim): Group {
  if (Number.isNaN(estimate)) return 'unvalidated';
  return verdict === 'cannot_be_claimed' && p < LEVEL ? 'unmeasured' : verdict;
}

/** @param told with their numbers */
function groups(claims: readonly Claim[], findings: StudyFindings, told: boolean): string {
  const found = [...new Set(claims.map(groupOf))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  if (found.length === 1 && claims.length > MOST_NAMED) return `${opening(found[0], claims)} in all`;
  return found
    .map((group) => {
      const members = claims.filter((claim) => groupOf(claim) === group);
      const tells = group === 'supported' || group === 'contradicted';
      return `${opening(group, members)} ${places(members, findings, group !== 'unvalidated' && (told || tells))}`;
    })
    .join('; ');
}

/** The verdict, and why nothing can be claimed. */
function opening(group: Group, members: readonly Claim[]): string {
  if (group === 'unmeasured') return `${WORDS.cannot_be_claimed}, as no run came that far,`;
  if (group === 'unvalidated') return `${WORDS.cannot_be_claimed}, as no image validates,`;
  if (group !== 'cannot_be_claimed') return WORDS[group];
  const seeds = Math.max(...members.map((claim) => claim.seeds));
  const smallest = Math.min(...members.map(({ smallest_p }) => smallest_p));
  const needed = Math.max(...members.map(({ seeds_needed }) => seeds_needed));
  // The test of spreads gives a small p with few seeds, too; it is its assumption that these do not show.
  const floor = members.some(({ claim }) => claim === 'steadier_over_seeds')
    ? ''
    : `p cannot be below ${probability(smallest)}; `;
  return `${WORDS[group]} from ${count(seeds, 'seed')} (${floor}a claim needs ${count(needed, 'seed')})`;
}

/** `with 22 masks and 88 masks for denoise and identity` */
function places(members: readonly Claim[], { budgets }: StudyFindings, told: boolean): string {
  const byNames = new Map<string, string[]>();
  for (const budget of budgets) {
    const here = members.filter(({ labels }) => labels === budget.labels);
    if (here.length === 0) continue;
    const names =
      here.length > MOST_NAMED
        ? count(here.length, 'arm')
        : listed(here.map((claim) => (told ? withNumbers(claim) : claim.arm)));
    byNames.set(names, [...(byNames.get(names) ?? []), masksIn(budget)]);
  }
  return listed(
    [...byNames].map(([names, counts]) =>
      budgets.length > 1 ? `with ${listed(counts)} for ${names}` : `for ${names}`,
    ),
  );
}

/** `denoise (+0.012, 95 % +0.004 to +0.020, p = 0.031)` */
function withNumbers(claim: Claim): string {
  const { estimate, interval, excluded } = numbersOf(claim);
  const { arm, verdict, p, p_holm } = claim;
  const numbers = [
    ...(verdict === 'no_difference' && excluded ? [`${excluded} excluded`] : []),
    estimate,
    ...(interval ? [`95 % ${interval}`] : []),
    `${p_holm === p ? '' : 'adjusted '}p ${equals(p_holm)}`,
  ];
  return `${arm} (${numbers.join(', ')})`;
}
