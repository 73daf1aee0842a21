import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';

/** One attempt: what is tried, and what is to survive it. */
export interface Attempt {
  /** What it is, to make it again. */
  readonly text: string;
  /** Ends well, or with a `UserError`: everything else is a fault. */
  run(): Promise<unknown>;
}

/** What attacks one thing, in as many ways as are asked for; each is drawn by its own stream. */
export interface Attacker {
  readonly name: string;
  readonly what: string;
  /** How long an attempt may take in all, in ms; default 60 s. In this process it may compute for 10 s of these. */
  readonly longest?: number;
  /** @returns what makes an attempt of a stream */
  prepare(): Promise<(stream: RandomStream) => Attempt>;
}

/** What came of an attack. */
export interface AttackResult {
  readonly name: string;
  readonly tried: number;
  /** What was taken as sound. */
  readonly taken: number;
  /** What was refused by a UserError. */
  readonly refused: number;
  /** The longest attempt, in ms. */
  readonly longest: number;
  readonly faults: readonly string[];
}

/** An attempt that computes longer hangs, in ms; so does one that takes longer, whatever else the machine does. */
const LONGEST = { computing: 10_000, whole: 60_000 };

/** @param cases how many attempts are made */
export async function attack(
  { name, prepare, longest: most = LONGEST.whole }: Attacker,
  {
    cases,
    seed,
    onAttempt,
  }: {
    readonly cases: number;
    readonly seed: number;
    readonly onAttempt?: (text: string, outcome: string) => void;
  },
): Promise<AttackResult> {
  const draw = await prepare();
  const faults: string[] = [];
  let [taken, refused, longest] = [0, 0, 0];
  for (let i = 0; i < cases; i++) {
    const { text, run } = draw(new RandomStream('attack', name, seed, i));
    const began = performance.now();
    const used = process.cpuUsage();
    try {
      await run();
      taken++;
      onAttempt?.(text, 'taken');
    } catch (error) {
      if (error instanceof UserError) refused++;
      else faults.push(`case ${i}, ${text}: ${error instanceof Error ? (error.stack ?? error) : error}`);
      onAttempt?.(text, `${error}`);
    }
    const ms = performance.now() - began;
    longest = Math.max(longest, ms);
    const { user, system } = process.cpuUsage(used);
    if (ms > most || (user + system) / 1000 > LONGEST.computing)
      faults.push(`case ${i}, ${text}: took ${(ms / 1000).toFixed(1)} s`);
  }
  return { name, tried: cases, taken, refused, longest, faults };
}
