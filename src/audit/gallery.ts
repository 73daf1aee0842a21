import type { Size } from '../core/size.ts';
import type { Outcome } from './ablation.node.ts';
import { coalition, keyOf, SWAPS, WHOLE, without } from './conditions.ts';
import { PATHS } from './paths.ts';

/** Outputs of one image, each [outputs, H, W]. */
export interface AuditPicture {
  readonly stem: string;
  readonly size: Size;
  readonly target: Float32Array;
  readonly whole: Float32Array;
  /** In the order of the paths: with this one at its mean, and with all others at theirs. */
  readonly without: readonly Float32Array[];
  readonly only: readonly Float32Array[];
  /** With another image: what was wanted of that one, and both hybrids; undefined if there is no other. */
  readonly swapped?: {
    readonly donor: Float32Array;
    /** The donor's bottleneck with its own skips. */
    readonly bottleneck: Float32Array;
    /** The donor's skips with its own bottleneck. */
    readonly skips: Float32Array;
  };
}

/** As many images are shown. */
const SHOWN = 3;

/** Keeps of a few images, spread over all, what is shown. */
export class Gallery {
  readonly #stems: readonly string[];
  readonly #shown: readonly number[];
  readonly #donorOf: ReadonlyMap<number, number>;
  readonly #kept = new Map<string, Outcome>();

  /** @param others for each image the one that takes part in its hybrids */
  constructor(stems: readonly string[], others?: readonly number[]) {
    this.#stems = stems;
    const count = Math.min(SHOWN, stems.length);
    this.#shown = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * stems.length) / count));
    this.#donorOf = new Map(others ? this.#shown.map((image) => [image, others[image]]) : []);
  }

  add(outcome: Outcome): void {
    const { image, condition, output, target } = outcome;
    const key = keyOf(condition);
    const isDonor = key === keyOf(WHOLE) && [...this.#donorOf.values()].includes(image);
    if (!isDonor && !(this.#shown.includes(image) && WANTED.has(key))) return;
    this.#kept.set(`${image} ${key}`, { ...outcome, output: output.slice(), target: target.slice() });
  }

  pictures(size: Size): AuditPicture[] {
    return this.#shown.map((image) => {
      const outcome = (condition: Outcome['condition'], of = image) =>
        this.#kept.get(`${of} ${keyOf(condition)}`)!;
      const donor = this.#donorOf.get(image);
      return {
        stem: this.#stems[image],
        size,
        target: outcome(WHOLE).target,
        whole: outcome(WHOLE).output,
        without: PATHS.map((_, path) => outcome(without(path, 'mean')).output),
        only: PATHS.map((_, path) => outcome(coalition(1 << path)).output),
        ...(donor !== undefined && {
          swapped: {
            donor: outcome(WHOLE, donor).target,
            bottleneck: outcome(SWAPS.bottleneck).output,
            skips: outcome(SWAPS.skips).output,
          },
        }),
      };
    });
  }
}

const WANTED = new Set(
  [
    WHOLE,
    ...Object.values(SWAPS),
    ...PATHS.flatMap((_, path) => [without(path, 'mean'), coalition(1 << path)]),
  ].map(keyOf),
);
