import type { Size } from '../core/size.ts';
import type { Outcome } from './ablation.node.ts';
import { type Condition, type Conditions, keyOf } from './conditions.ts';

/** Outputs of one image, each [outputs, H, W]. */
export interface AuditPicture {
  readonly stem: string;
  readonly size: Size;
  readonly target: Float32Array;
  readonly whole: Float32Array;
  /** In the order of the paths: with this one at its mean, and with all others at theirs. */
  readonly without: readonly Float32Array[];
  readonly only: readonly Float32Array[];
  /** With another image: its target, and both hybrids; undefined without another image, or without a skip. */
  readonly swapped?: {
    readonly donor: Float32Array;
    /** The donor's bottleneck with its own skips. */
    readonly bottleneck: Float32Array;
    /** The donor's skips with its own bottleneck. */
    readonly skips: Float32Array;
  };
}

/** How many images are shown. */
const SHOWN = 3;

/** Keeps the outputs of the few images that are shown, which are spread over all. */
export class Gallery {
  readonly #stems: readonly string[];
  readonly #conditions: Conditions;
  /** Of each path. */
  readonly #without: readonly Condition[];
  readonly #only: readonly Condition[];
  readonly #wanted: ReadonlySet<string>;
  readonly #shown: readonly number[];
  readonly #donorOf: ReadonlyMap<number, number>;
  readonly #kept = new Map<string, Outcome>();

  /** @param others for each image the one that takes part in its hybrids */
  constructor(stems: readonly string[], conditions: Conditions, others?: readonly number[]) {
    const { whole, swaps, without, coalition } = conditions;
    this.#stems = stems;
    this.#conditions = conditions;
    this.#without = whole.map((_, path) => without(path, 'mean'));
    this.#only = whole.map((_, path) => coalition(1 << path));
    const wanted = [whole, ...Object.values(swaps ?? {}), ...this.#without, ...this.#only];
    this.#wanted = new Set(wanted.map(keyOf));
    const count = Math.min(SHOWN, stems.length);
    this.#shown = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * stems.length) / count));
    this.#donorOf = new Map(others ? this.#shown.map((image) => [image, others[image]]) : []);
  }

  add(outcome: Outcome): void {
    const { image, condition, output, target } = outcome;
    const key = keyOf(condition);
    const isDonor = key === keyOf(this.#conditions.whole) && [...this.#donorOf.values()].includes(image);
    if (!isDonor && !(this.#shown.includes(image) && this.#wanted.has(key))) return;
    this.#kept.set(`${image} ${key}`, { ...outcome, output: output.slice(), target: target.slice() });
  }

  pictures(size: Size): AuditPicture[] {
    const { whole, swaps } = this.#conditions;
    return this.#shown.map((image) => {
      const outcome = (condition: Condition, of = image) => this.#kept.get(`${of} ${keyOf(condition)}`)!;
      const donor = this.#donorOf.get(image);
      return {
        stem: this.#stems[image],
        size,
        target: outcome(whole).target,
        whole: outcome(whole).output,
        without: this.#without.map((condition) => outcome(condition).output),
        only: this.#only.map((condition) => outcome(condition).output),
        ...(donor !== undefined &&
          swaps && {
            swapped: {
              donor: outcome(whole, donor).target,
              bottleneck: outcome(swaps.bottleneck).output,
              skips: outcome(swaps.skips).output,
            },
          }),
      };
    });
  }
}
