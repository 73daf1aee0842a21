import type { Size } from '../../core/size.ts';
import type { Outcome } from '../ablation.node.ts';
import { type Condition, keyOf, WHOLE, without } from '../conditions.ts';
import { PATHS } from '../paths.ts';
import type { BandResult } from '../result.ts';
import { BANDS, errorByBand } from './bands.ts';

/** The conditions of which the error is looked at by frequency: the whole network, and each path at its mean. */
const LOOKED_AT: readonly Condition[] = [WHOLE, ...PATHS.map((_, path) => without(path, 'mean'))];

/** Sums errors by frequency over images. */
export class Spectrum {
  readonly #size: Size;
  readonly #sums = new Map(LOOKED_AT.map((condition) => [keyOf(condition), BANDS.map(() => 0)]));

  constructor(size: Size) {
    this.#size = size;
  }

  add({ condition, output, target }: Outcome): void {
    const sums = this.#sums.get(keyOf(condition));
    if (!sums) return;
    for (const [band, power] of errorByBand(output, target, this.#size).entries()) sums[band] += power;
  }

  result(images: number): BandResult[] {
    const of = (condition: Condition, band: number) => this.#sums.get(keyOf(condition))![band] / images;
    return BANDS.map(({ from, to }, band) => ({
      from,
      to,
      mse: of(WHOLE, band),
      without: Object.fromEntries(PATHS.map(({ name }, path) => [name, of(without(path, 'mean'), band)])),
    }));
  }
}
