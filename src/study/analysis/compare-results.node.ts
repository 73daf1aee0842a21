import * as z from 'zod';
import { numberIn, parseCsv } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { readNamed } from '../../core/files.node.ts';
import { nearest } from '../../core/nearest.ts';
import { parseSettings } from '../../settings/parse.ts';
import { setting } from '../../settings/setting.ts';
import { text } from '../../settings/shared.ts';
import { type Comparison, compareArms } from '../../stats/compare.ts';
import type { Score } from '../../stats/paired.ts';
import { averagedScores, withSharedSubsets } from './subsets.ts';

/** Which scores of a results file are compared. */
export const compareSchema = z.strictObject({
  file: setting(
    text,
    'Data',
    'CSV file with the columns arm, seed, image and the metric, such as the study.csv of a study',
    { argument: true },
  ),
  baseline: setting(text, 'Study', 'Arm that all others are compared with', { placeholder: 'arm' }),
  metric: setting(text.default('dice'), 'Study', 'Column to compare', { placeholder: 'column' }),
  labels: setting(text.optional(), 'Study', 'Number of masks to compare at, if the file has several', {
    placeholder: 'masks',
  }),
});
export type CompareOptions = z.input<typeof compareSchema>;

const KEYS = ['arm', 'seed', 'image'];
/** Of studies that have several label counts, or several draws of masks at one; a file may lack them. */
const DESIGN = ['labels', 'subset'];

/** A score, with what the file says of the run; empty where it has no such column. */
interface DesignedScore extends Score {
  readonly labels: string;
  readonly subset: string;
}

/**
 * Compares the arms of a results file with one of them, seed by seed and image by image. Where there is a column `subset`,
 * scores are averaged over the subsets of a seed first.
 *
 * @returns a comparison for every other arm, in the order in which the file has them
 * @throws UserError for a file that cannot be read or lacks a column, an unknown baseline, a single arm, several label counts
 *   of which none is chosen, or scores that cannot be paired
 */
export async function compareResults(options: CompareOptions): Promise<Comparison[]> {
  const { file, baseline, metric, labels } = parseSettings(compareSchema, options);
  const scores = atLabels(await readScores(file, metric, labels), file, labels);
  const hasSubsets = scores.some(({ subset }) => subset !== '');
  return compareArms(hasSubsets ? overSubsets(scores) : scores, baseline);
}

async function readScores(file: string, metric: string, labels?: string): Promise<DesignedScore[]> {
  const wanted = [...KEYS, ...(labels === undefined ? [] : ['labels']), metric];
  const expected = `a CSV file with the columns ${wanted.join(', ')}`;
  const rows = parseCsv((await readNamed(file, expected)).toString());
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
  const keys = [...DESIGN.filter((column) => columns.includes(column)), ...KEYS];
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
    const { arm, seed, image, labels = '', subset = '' } = row;
    return { arm, labels, subset, seed, image, value: numberIn(row[metric]) ?? Number.NaN };
  });
}

/** Scores at the label count that is chosen, or is the only one. */
function atLabels(scores: readonly DesignedScore[], file: string, labels?: string): DesignedScore[] {
  const counts = [...new Set(scores.map((score) => score.labels))];
  const chosen = labels ?? (counts.length === 1 ? counts[0] : undefined);
  const found = scores.filter((score) => score.labels === chosen);
  if (found.length > 0) return found;
  throw new UserError({
    what: labels === undefined ? file : 'labels',
    got: labels === undefined ? `${counts.length} label counts` : `"${labels}"`,
    expected: `one of ${counts.join(', ')}`,
    fix: labels === undefined ? 'choose one by --labels' : `did you mean ${nearest(labels, counts)}?`,
  });
}

/** @throws UserError for an image that has not one value in every subset of a seed: a mean would hide it */
function overSubsets(scores: readonly DesignedScore[]): Score[] {
  const paired = withSharedSubsets(scores);
  const subsets = new Map<string, Set<string>>();
  const values = new Map<string, DesignedScore[]>();
  for (const score of paired) {
    const { arm, seed, image } = score;
    const [ofSeed, ofImage] = [JSON.stringify([arm, seed]), JSON.stringify([arm, seed, image])];
    subsets.set(ofSeed, (subsets.get(ofSeed) ?? new Set<string>()).add(score.subset));
    values.set(ofImage, [...(values.get(ofImage) ?? []), score]);
  }
  for (const group of values.values()) {
    const { arm, seed, image } = group[0];
    const expected = subsets.get(JSON.stringify([arm, seed]))!.size;
    if (group.length === expected && new Set(group.map(({ subset }) => subset)).size === expected) continue;
    throw new UserError({
      what: `${arm}, seed ${seed}, image ${image}`,
      got: `subsets ${group.map(({ subset }) => subset).join(', ')}`,
      expected: `each of the ${expected} subsets of this seed once`,
      fix: 'add what is missing, or leave the image out everywhere',
    });
  }
  return averagedScores(paired);
}
