import { capital, count, fixed, probability, range, signed } from '../../core/format.ts';
import type { Claim, ClaimName, Verdict } from '../../records/study-findings.ts';
import { smallestP } from '../../stats/sign-flip.ts';
import { findings, type Sides } from './judge.ts';
import { metricName } from './metric-names.ts';

/** The claims in the order in which they are told, and which number of `comparisons.csv` each is about. */
export const CLAIMS: readonly {
  readonly claim: ClaimName;
  readonly title: string;
  /** A ratio of standard deviations is not in that table. */
  readonly number?: string;
}[] = [
  { claim: 'better_score', title: 'Higher test Dice', number: 'dice' },
  { claim: 'lower_validation_loss', title: 'Lower validation loss', number: 'lowest_val_loss' },
  { claim: 'fewer_epochs', title: 'Fewer epochs', number: 'epochs_to_level' },
  { claim: 'steadier_over_epochs', title: 'Steadier from epoch to epoch', number: 'val_loss_change' },
  { claim: 'steadier_over_seeds', title: 'Steadier from seed to seed' },
];

/** A verdict in as few words as it has. */
export const WORDS: Readonly<Record<Verdict, string>> = {
  supported: 'supported',
  contradicted: 'contradicted',
  no_difference: 'no difference found',
  cannot_be_claimed: 'cannot be claimed',
};

/** A claim's numbers as they are written everywhere. */
export interface ClaimNumbers {
  /** `+0.012`, or `ratio 0.85`. */
  readonly estimate: string;
  /** `+0.004 to +0.020`; missing with one seed. */
  readonly interval?: string;
  /** What the interval leaves out: `differences above 0.020`. */
  readonly excluded?: string;
}

const RATIO_DIGITS = 2;

export function numbersOf({
  claim,
  metric,
  estimate,
  ci95,
}: Pick<Claim, 'claim' | 'metric' | 'estimate' | 'ci95'>): ClaimNumbers {
  const number = metric ?? CLAIMS.find((known) => known.claim === claim)?.number;
  if (number === undefined) {
    const [low, high] = (ci95 ?? []).map((end) => fixed(end, RATIO_DIGITS));
    return {
      estimate: `ratio ${fixed(estimate, RATIO_DIGITS)}`,
      ...(ci95 && {
        interval: `${low} to ${high}`,
        excluded: `ratios below ${low} and above ${high}`,
      }),
    };
  }
  const { digits } = metricName(number);
  // Where all seeds have one value, an interval has no width, and shows nothing.
  const shows = ci95 && ci95[0] < ci95[1];
  return {
    estimate: signed(estimate, digits),
    ...(ci95 && { interval: range(ci95, digits) }),
    ...(shows && { excluded: `differences above ${fixed(Math.max(...ci95.map(Math.abs)), digits)}` }),
  };
}

/** What a claim says. */
export interface Wording extends Sides {
  /** After the arm: `reaches a lower validation loss than scratch`. */
  readonly says: string;
  /** What is compared: `the lowest validation loss`. */
  readonly of: string;
  /** Why few seeds show nothing, where it is not that p cannot be small. */
  readonly few?: string;
}

/** What a sentence is about. */
interface About {
  /** `88 masks` */
  readonly where: string;
  readonly baseline: string;
  /** A sentence that follows. */
  readonly remark?: string;
}

/** A claim's verdict in a plain sentence or two, with the numbers that it rests on. */
export function sentenceOf(
  claim: Omit<Claim, 'sentence'>,
  wording: Wording,
  { where, baseline, remark }: About,
): string {
  const { arm, verdict, seeds, smallest_p, seeds_needed } = claim;
  const { excluded } = numbersOf(claim);
  const opening = {
    supported: `the claim that ${arm} ${wording.says} is supported`,
    contradicted: `the claim that ${arm} ${wording.says} is contradicted`,
    no_difference: `no difference between ${arm} and ${baseline} is found in ${wording.of}${excluded ? `, and ${excluded} are excluded` : ''}`,
    cannot_be_claimed: `it cannot be said whether ${arm} ${wording.says}: ${
      wording.few ??
      `with ${count(seeds, 'seed')} ${smallest_p > smallestP(seeds) ? 'the adjusted p' : 'p'} cannot be below ${probability(smallest_p)}`
    }, and a claim needs ${count(seeds_needed, 'seed')}`,
  }[verdict];
  const sentences = [
    `With ${where}, ${opening}. ${evidenceOf(claim, wording)}.`,
    disagreement(claim, wording),
    remark,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(' ');
}

/** That a claim cannot be judged at all. @param obstacle why */
export function unmeasured(obstacle: string, arm: string, { says }: Wording, { where }: About): string {
  return `With ${where}, it cannot be said whether ${arm} ${says}: ${obstacle}.`;
}

function evidenceOf(claim: Omit<Claim, 'sentence'>, { neutral }: Wording): string {
  const { estimate, interval } = numbersOf(claim);
  const { p, p_holm, seeds } = claim;
  const within = interval ? ` (95 % interval ${interval})` : '';
  const adjusted = p_holm === p ? '' : ` (adjusted ${probability(p_holm)})`;
  return `${neutral === 0 ? `Difference ${estimate}` : capital(estimate)}${within}, p ${equals(p)}${adjusted}, ${count(seeds, 'seed')}`;
}

/** `= 0.031`, `< 0.001` */
export const equals = (p: number): string =>
  probability(p).startsWith('<') ? probability(p) : `= ${probability(p)}`;

/** Where test and interval do not say the same. */
function disagreement(claim: Omit<Claim, 'sentence'>, { neutral }: Wording): string | undefined {
  const { test, interval } = findings(claim, neutral);
  if (claim.verdict !== 'no_difference' || test === interval) return undefined;
  return test
    ? `The test finds a difference, but the interval includes ${neutral}.`
    : `The interval does not include ${neutral}, but the test finds no difference.`;
}
