import type { Size } from '../../core/size.ts';
import type { BandResult } from '../../records/audit-result.ts';
import type { Outcome } from '../ablation.node.ts';
import { type Condition, type Conditions, keyOf } from '../conditions.ts';
import type { Path } from '../paths.ts';
import { BANDS, errorByBand } from './bands.ts';

/** Sums errors by frequency over images: of the whole network, and with each path at its mean. */
export class Spectrum {
  readonly #sums: ReadonlyMap<string, number[]>;

  constructor(
    readonly size: Size,
    readonly paths: readonly Path[],
    readonly conditions: Conditions,
  ) {
    const { whole, without } = conditions;
    const lookedAt = [whole, ...paths.map((_, path) => without(path, 'mean'))];
    this.#sums = new Map(lookedAt.map((condition) => [keyOf(condition), BANDS.map(() => 0)]));
  }

  add({ condition, output, target }: Outcome): void {
    const sums = this.#sums.get(keyOf(condition));
    if (!sums) return;
    for (const [band, power] of errorByBand(output, target, this.size).entries()) sums[band] += power;
  }

  result(images: number): BandResult[] {
    const { whole, without } = this.conditions;
    const of = (condition: Condition, band: number) => this.#sums.get(keyOf(condition))![band] / images;
    return BANDS.map(({ from, to }, band) => ({
      from,
      to,
      mse: of(whole, band),
      without: Object.fromEntries(
        this.paths.map(({ name }, path) => [name, of(without(path, 'mean'), band)]),
      ),
    }));
  }
}
