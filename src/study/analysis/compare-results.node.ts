import * as z from 'zod';
import { numberIn, parseCsv } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { readText } from '../../core/files.node.ts';
import { nearest } from '../../core/nearest.ts';
import { scoreColumn } from '../../eval/score-columns.ts';
import { parseSettings } from '../../settings/parse.ts';
import { setting } from '../../settings/setting.ts';
import { text } from '../../settings/shared.ts';
import { type Comparison, compareArms } from '../../stats/compare.ts';
import type { Score } from '../../stats/paired.ts';
import type { VarianceParts } from '../../stats/variance-parts.ts';
import { averagedScores, withSharedDraws } from './draws.ts';
import { partsOf } from './parts.ts';

/** Which scores of a results file are compared. */
export const compareSchema = z.strictObject({
  file: setting(
    text,
    'Data',
    'CSV file with the columns arm, seed, image and the metric, such as the study.csv of a study',
    { argument: true },
  ),
  baseline: setting(text, 'Study', 'Arm that all others are compared with', { placeholder: 'arm' }),
  metric: setting(
    text.default('dice'),
    'Study',
    'Column to compare, such as dice or, of a class, dice:polyp',
    { placeholder: 'column' },
  ),
  labels: setting(text.optional(), 'Study', 'Number of masks to compare at, if the file has several', {
    placeholder: 'masks',
  }),
});
export type CompareOptions = z.input<typeof compareSchema>;

const KEYS = ['arm', 'seed', 'image'];
/** Of studies that have several budgets of masks, or several draws of masks at one; a file may lack them. */
const DESIGN = ['labels', 'draw', 'fold'];
/** Of images that belong together, such as those of a patient; a file may lack it. */
const GROUP = 'group';

/** How an arm differs from the baseline, and what the differences vary by. */
export interface SplitComparison extends Comparison {
  /** Missing with one seed, and with one image or group. */
  readonly parts?: VarianceParts;
  /** Images that have nothing of the class that is compared, in some run; missing of other scores. */
  readonly leftOut?: number;
}

/** A score, with what the file says of the run; empty where it has no such column. */
export interface DesignedScore extends Score {
  readonly labels: string;
  readonly draw: string;
  readonly fold?: string;
  /** There is nothing of the class in the image: then it has no value. */
  readonly absent?: true;
}

/**
 * Compares the arms of a results file with one of them, seed by seed and image by image. Where there is a column `draw`,
 * scores are averaged over the draws of a seed first.
 *
 * @returns a comparison for every other arm, in the order in which the file has them
 * @throws UserError for a file that cannot be read or lacks a column, an unknown baseline, a single arm, several budgets of masks
 *   of which none is chosen, or scores that cannot be paired
 */
export async function compareResults(options: CompareOptions): Promise<SplitComparison[]> {
  const { file, baseline, metric, labels } = parseSettings(compareSchema, options);
  const all = atLabels(await readScores(file, metric, labels), file, labels);
  const scores = ofPresentClass(all);
  const images = (some: readonly DesignedScore[]) => new Set(some.map(({ image }) => image)).size;
  const hasDraws = scores.some(({ draw }) => draw !== '');
  const comparisons = compareArms(hasDraws ? overDraws(scores) : scores, baseline);
  const paired = withSharedDraws(scores);
  return comparisons.map((comparison) => {
    const parts = partsOf(paired, comparison.arm, baseline);
    const leftOut = isOfClass(metric) && { leftOut: images(all) - images(scores) };
    return { ...comparison, ...(parts && { parts }), ...leftOut };
  });
}

const isOfClass = (metric: string): boolean => scoreColumn(metric)?.ofClass !== undefined;

/** Without the images that have nothing of the class in some run: the runs would be compared on different ones. */
export function ofPresentClass(scores: readonly DesignedScore[]): DesignedScore[] {
  const absent = new Set(scores.filter((score) => score.absent).map(({ image }) => image));
  return scores.filter(({ image }) => !absent.has(image));
}

export async function readScores(file: string, metric: string, labels?: string): Promise<DesignedScore[]> {
  const wanted = [...KEYS, ...(labels === undefined ? [] : ['labels']), metric];
  const expected = `a CSV file with the columns ${wanted.join(', ')}`;
  const rows = parseCsv(await readText(file, expected), file);
  if (rows.length === 0) {
    throw new UserError({ what: file, got: 'a file without rows', expected, fix: 'check the path' });
  }
  const columns = [...new Set(rows.flatMap(Object.keys))];
  for (const column of wanted) {
    if (columns.includes(column)) continue;
    throw new UserError({
      what: file,
      got: `no column "${column}"`,
      expected: `it among ${columns.join(', ')}`,
      fix: column === 'labels' ? 'leave --labels out' : `did you mean ${nearest(column, columns)}?`,
    });
  }
  const keys = [...[...DESIGN, GROUP].filter((column) => columns.includes(column)), ...KEYS];
  return rows.map((row, index) => {
    for (const key of keys) {
      if (row[key]) continue;
      throw new UserError({
        what: `${file}, row ${index + 1} after the header`,
        got: `no ${key}`,
        expected: `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)} in every row`,
        fix: 'fill it in, or leave the row out',
      });
    }
    const { arm, seed, image, group, labels = '', draw = '', fold } = row;
    const more = { ...(group !== undefined && { group }), ...(fold !== undefined && { fold }) };
    const absent = row[metric] === '' && isOfClass(metric) && { absent: true as const };
    return { arm, labels, draw, seed, image, ...more, value: numberIn(row[metric]) ?? Number.NaN, ...absent };
  });
}

/** Scores at the budget of masks that is chosen, or is the only one. */
function atLabels(scores: readonly DesignedScore[], file: string, labels?: string): DesignedScore[] {
  const budgets = [...new Set(scores.map((score) => score.labels))];
  const chosen = labels ?? (budgets.length === 1 ? budgets[0] : undefined);
  const found = scores.filter((score) => score.labels === chosen);
  if (found.length > 0) return found;
  throw new UserError({
    what: labels === undefined ? file : 'labels',
    got: labels === undefined ? `${budgets.length} budgets of masks` : `"${labels}"`,
    expected: `one of ${budgets.join(', ')}`,
    fix: labels === undefined ? 'choose one by --labels' : `did you mean ${nearest(labels, budgets)}?`,
  });
}

/** @throws UserError for an image that has not one value in every draw of a seed: a mean would hide it */
function overDraws(scores: readonly DesignedScore[]): Score[] {
  const paired = withSharedDraws(scores);
  const draws = new Map<string, Set<string>>();
  const values = new Map<string, DesignedScore[]>();
  for (const score of paired) {
    const { arm, seed, image } = score;
    const [ofSeed, ofImage] = [JSON.stringify([arm, seed]), JSON.stringify([arm, seed, image])];
    draws.set(ofSeed, (draws.get(ofSeed) ?? new Set<string>()).add(score.draw));
    values.set(ofImage, [...(values.get(ofImage) ?? []), score]);
  }
  for (const group of values.values()) {
    const { arm, seed, image } = group[0];
    const expected = draws.get(JSON.stringify([arm, seed]))!.size;
    if (group.length === expected && new Set(group.map(({ draw }) => draw)).size === expected) continue;
    throw new UserError({
      what: `${arm}, seed ${seed}, image ${image}`,
      got: `draws ${group.map(({ draw }) => draw).join(', ')}`,
      expected: `each of the ${expected} draws of this seed once`,
      fix: 'add what is missing, or leave the image out everywhere',
    });
  }
  return averagedScores(paired);
}
