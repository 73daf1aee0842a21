import { smallestP } from '../../stats/sign-flip.ts';
import { type Evidence, findings, type Sides, type Verdict } from './judge.ts';

/** How a claim is put into words. */
export interface Wording extends Sides {
  /** After `that <arm>`: `reaches a lower validation loss than scratch`. */
  readonly says: string;
  /** What is compared: `the lowest validation loss`. */
  readonly of: string;
  /** Decimals of its numbers. */
  readonly digits: number;
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
  verdict: Verdict,
  evidence: Evidence,
  wording: Wording,
  { where, baseline, remark }: About,
): string {
  const { arm, seeds, smallest_p, seeds_needed } = evidence;
  const claim = `that ${arm} ${wording.says}`;
  const opening = {
    supported: `the claim ${claim} is supported`,
    contradicted: `the claim ${claim} is contradicted`,
    no_difference: `no difference of ${arm} and ${baseline} is found in ${wording.of}${excluded(evidence, wording)}`,
    cannot_be_claimed: `it cannot be claimed ${claim}, nor the opposite, as with ${counted(seeds)} the smallest p${smallest_p > smallestP(seeds) ? ' (adjusted)' : ''} is ${short(smallest_p)}, and it takes ${seeds_needed} seeds`,
  }[verdict];
  const sentences = [
    `With ${where}, ${opening}: ${numbers(evidence, wording)}.`,
    disagreement(verdict, evidence, wording),
    remark,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(' ');
}

/** That a claim cannot be judged at all. @param obstacle why */
export function unmeasured(obstacle: string, { arm }: Evidence, { says }: Wording, { where }: About): string {
  return `With ${where}, it cannot be claimed that ${arm} ${says}, nor the opposite: ${obstacle}.`;
}

function excluded({ ci95 }: Evidence, { neutral, digits }: Wording): string {
  if (!ci95) return '';
  const [low, high] = ci95;
  return neutral === 0
    ? `, and differences above ${Math.max(Math.abs(low), Math.abs(high)).toFixed(digits)} are excluded`
    : `, and ratios below ${low.toFixed(digits)} and above ${high.toFixed(digits)} are excluded`;
}

function numbers({ estimate, ci95, p, p_holm, seeds }: Evidence, { neutral, digits }: Wording): string {
  const text = (value: number) => (neutral === 0 ? signed(value, digits) : value.toFixed(digits));
  const interval = ci95 ? ` (95 % interval ${text(ci95[0])} to ${text(ci95[1])})` : '';
  const adjusted = p_holm === p ? '' : ` (adjusted ${short(p_holm)})`;
  return `${neutral === 0 ? 'difference' : 'ratio'} ${text(estimate)}${interval}, p = ${short(p)}${adjusted}, ${counted(seeds)}`;
}

/** Where test and interval do not say the same. */
function disagreement(verdict: Verdict, evidence: Evidence, { neutral }: Wording): string | undefined {
  const { test, interval } = findings(evidence, neutral);
  if (verdict !== 'no_difference' || test === interval) return undefined;
  return test
    ? `The test finds one, but the interval holds ${neutral}.`
    : `The interval leaves ${neutral} out, but the test finds none.`;
}

const counted = (seeds: number) => `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;

/** Without a sign where nothing is left after rounding. */
const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : (value < 0 ? '-' : '+') + text;
};

/** To two digits. */
const short = (value: number): string => `${Number(value.toPrecision(2))}`;
