import type { Size } from '../data/resize.ts';
import type { Outcome } from './ablation.node.ts';
import { coalition, keyOf, WHOLE, without } from './conditions.ts';
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
}

/** As many images are shown. */
const SHOWN = 3;

/** Keeps of a few images, spread over all, what is shown. */
export class Gallery {
  readonly #stems: readonly string[];
  readonly #shown: readonly number[];
  readonly #kept = new Map<string, Outcome>();

  constructor(stems: readonly string[]) {
    this.#stems = stems;
    const count = Math.min(SHOWN, stems.length);
    this.#shown = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * stems.length) / count));
  }

  add(outcome: Outcome): void {
    const { image, condition, output, target } = outcome;
    if (!this.#shown.includes(image)) return;
    const key = keyOf(condition);
    if (!WANTED.has(key)) return;
    this.#kept.set(`${image} ${key}`, { ...outcome, output: output.slice(), target: target.slice() });
  }

  pictures(size: Size): AuditPicture[] {
    return this.#shown.map((image) => {
      const outcome = (condition: Outcome['condition']) => this.#kept.get(`${image} ${keyOf(condition)}`)!;
      return {
        stem: this.#stems[image],
        size,
        target: outcome(WHOLE).target,
        whole: outcome(WHOLE).output,
        without: PATHS.map((_, path) => outcome(without(path, 'mean')).output),
        only: PATHS.map((_, path) => outcome(coalition(1 << path)).output),
      };
    });
  }
}

const WANTED = new Set(
  [WHOLE, ...PATHS.flatMap((_, path) => [without(path, 'mean'), coalition(1 << path)])].map(keyOf),
);
