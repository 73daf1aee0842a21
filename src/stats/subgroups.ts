import { mean } from '../core/mean.ts';
import { studentQuantile } from './student.ts';

/** A way to divide images. */
export interface Division {
  readonly name: string;
  /** What an image can be, in the order in which it is told. */
  readonly parts: readonly string[];
  /** Of each image what it is, or undefined where that is not known. */
  readonly of: readonly (string | undefined)[];
  /** Of each image what is drawn anew with it, such as a patient; of one that is alone a name of its own. */
  readonly units: readonly string[];
}

/** Some of the images, and how they score beside the others. */
export interface Subgroup {
  readonly division: string;
  readonly name: string;
  readonly images: number;
  /** The images, or the groups that they are of. */
  readonly units: number;
  readonly mean: number;
  /** Its mean minus that of all other images. */
  readonly difference: number;
  /** Of `difference`; all of them hold together with 95 %. Absent where there are too few units. */
  readonly interval?: readonly [number, number];
}

/** With fewer units, of a subgroup or of all others, nothing is said of a difference. */
export const LEAST_UNITS = 10;

/**
 * How subgroups of images score beside all other images. A difference of means d = m_1 - m_2 has, over units (images, or groups of them)
 * with sums of deviations a_g = sum (y - m_1) / n_1 and b_g = sum (y - m_2) / n_2,
 *
 *     variance = G_1 / (G_1 - 1) sum a_g^2 + G_2 / (G_2 - 1) sum b_g^2 - 2 sum a_g b_g
 *
 * which is Welch's where each image is alone, with his degrees of freedom. The intervals are Student's at 1 - 0.05 / m, m the number of subgroups of
 * which something is said (Bonferroni): so one that lies below zero names a subgroup that is worse, however many were looked at.
 *
 * @param values of the images
 */
export function compareSubgroups(values: readonly number[], divisions: readonly Division[]): Subgroup[] {
  const found = divisions.flatMap(({ name: division, parts, of, units }) =>
    parts.flatMap((name) => {
      const inside = of.map((each) => each === name);
      const known = of.map((each) => each !== undefined);
      return inside.includes(true) && inside.some((each, i) => known[i] && !each)
        ? [{ division, name, ...compareWithRest(values, inside, known, units) }]
        : [];
    }),
  );
  const told = found.filter(({ spread }) => spread !== undefined).length;
  return found.map(({ spread, ...subgroup }) => {
    if (!spread) return subgroup;
    const { error, degreesOfFreedom } = spread;
    const reach = studentQuantile(1 - 0.025 / told, degreesOfFreedom) * error;
    return { ...subgroup, interval: [subgroup.difference - reach, subgroup.difference + reach] as const };
  });
}

/**
 * The subgroup that is worse by most, of those that are seen to be worse than all other images.
 *
 * @param lessIsBetter whether the values are errors
 */
export function worstOf<Given extends Pick<Subgroup, 'difference' | 'interval'>>(
  subgroups: readonly Given[],
  lessIsBetter: boolean,
): Given | undefined {
  const sign = lessIsBetter ? -1 : 1;
  return subgroups
    .filter(({ interval }) => interval?.every((end) => sign * end < 0))
    .sort((a, b) => sign * (a.difference - b.difference))[0];
}

function compareWithRest(
  values: readonly number[],
  inside: readonly boolean[],
  known: readonly boolean[],
  units: readonly string[],
) {
  const [own, rest] = [inside, inside.map((each, i) => known[i] && !each)].map((member) =>
    partOf(values, member, units),
  );
  const about = {
    ...{ images: own.images, units: own.deviations.size },
    ...{ mean: own.mean, difference: own.mean - rest.mean },
  };
  const [few, many] = [own, rest].map(({ deviations }) => deviations.size);
  if (Math.min(few, many) < LEAST_UNITS) return { ...about, spread: undefined };
  const shared = [...own.deviations].reduce(
    (sum, [unit, deviation]) => sum + deviation * (rest.deviations.get(unit) ?? 0),
    0,
  );
  const [welch, pooled] = [[own.variance, rest.variance], pooledOf(own.variance, few, rest.variance, many)];
  const wider = welch[0] + welch[1] >= pooled[0] + pooled[1] ? welch : pooled;
  const uncertainty = welch[0] ** 2 / (few - 1) + welch[1] ** 2 / (many - 1);
  const degreesOfFreedom =
    wider === pooled ? few + many - 2 : uncertainty > 0 ? (welch[0] + welch[1]) ** 2 / uncertainty : 1;
  const error = Math.sqrt(Math.max(0, wider[0] + wider[1] - 2 * shared));
  return { ...about, spread: { error, degreesOfFreedom } };
}

/** Variances of two means as if their units varied alike. */
function pooledOf(one: number, few: number, other: number, many: number): readonly [number, number] {
  const ofUnits = ((few - 1) * few * one + (many - 1) * many * other) / (few + many - 2);
  return [ofUnits / few, ofUnits / many];
}

/** Some of the values: their mean, and by unit the sum of deviations from it, divided by their number. */
function partOf(values: readonly number[], member: readonly boolean[], units: readonly string[]) {
  const own = values.filter((_, i) => member[i]);
  const centre = mean(own);
  const deviations = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    if (!member[i]) continue;
    deviations.set(units[i], (deviations.get(units[i]) ?? 0) + (value - centre) / own.length);
  }
  const squares = [...deviations.values()].reduce((sum, deviation) => sum + deviation ** 2, 0);
  const variance = (deviations.size / (deviations.size - 1)) * squares;
  return { images: own.length, mean: centre, deviations, variance };
}
