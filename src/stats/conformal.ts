/** How far a new unit is off, at most, with a stated probability. */
export interface ConformalBound {
  /** Errors are at most this. */
  readonly error: number;
  /** The probability that it holds, 0..1: the one asked for, or, with too few units, the highest that they allow. */
  readonly level: number;
  /** Images, or groups of them, that it rests on. */
  readonly units: number;
}

/** The highest level that n units allow: with n errors, a new one is below the largest with probability n / (n + 1). */
export const mostLevel = (units: number): number => units / (units + 1);

/** The fewest units that allow a level below 1: 19 for 0.95. */
export const unitsFor = (level: number): number => Math.ceil(level / (1 - level) - ROUNDING);

/** So that 0.95 of 20 counts as 19. */
const ROUNDING = 1e-9;

/**
 * An upper bound of the error of a new unit, by split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018): of
 * n errors of units that are drawn like the new one, and that had no part in what is judged, the ceil(level (n + 1))-th smallest. It
 * holds with a probability of at least the level, and at most level + 1 / (n + 1) where no two errors are equal, over draws of these
 * units and the new one together, whatever their distribution is.
 *
 * Images of one group (a patient, a video) are alike, so groups are the units, and the new image is one of a new group. An image
 * of a group of m counts as 1 / m of a unit (hierarchical conformal prediction; Lee, Barber and Willett 2025, "Distribution-free
 * inference with hierarchical data"): the bound is the smallest error up to which the images count at least level (K + 1) of K groups.
 *
 * With fewer units than the level asks for, no bound would be finite; then it is the largest error, and its level is lower.
 *
 * @param errors at least one, such as expected less true Dice
 * @param level above 0, below 1
 * @param groups of the errors, in their order; default a group each
 */
export function conformalBound(
  errors: readonly number[],
  level: number,
  groups: readonly string[] = errors.map((_, i) => String(i)),
): ConformalBound {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const units = sizes.size;
  const held = Math.min(level, mostLevel(units));
  const ascending = errors
    .map((error, i) => ({ error, share: 1 / sizes.get(groups[i])! }))
    .sort((a, b) => a.error - b.error);
  let counted = 0;
  for (const { error, share } of ascending) {
    counted += share;
    if (counted + ROUNDING >= held * (units + 1)) return { error, level: held, units };
  }
  return { error: ascending.at(-1)!.error, level: held, units };
}
