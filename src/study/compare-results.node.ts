import { numberIn, parseCsv } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { readNamed } from '../core/files.node.ts';
import { nearest } from '../core/nearest.ts';
import { type Comparison, compareArms } from '../stats/compare.ts';
import type { Score } from '../stats/paired.ts';

export interface CompareOptions {
  /** A CSV file with a row for each arm, seed and image, such as the `study.csv` of a study. */
  readonly file: string;
  /** The arm with which all others are compared. */
  readonly baseline: string;
  /** The column of the scores; default `dice`. */
  readonly metric?: string;
}

const KEYS = ['arm', 'seed', 'image'] as const;

/**
 * Compares the arms of a results file with one of them, seed by seed and image by image.
 *
 * @returns a comparison for every other arm, in the order in which the file has them
 * @throws UserError for a file that cannot be read or lacks a column, an unknown baseline, a single arm, or scores that
 *   cannot be paired
 */
export async function compareResults({
  file,
  baseline,
  metric = 'dice',
}: CompareOptions): Promise<Comparison[]> {
  return compareArms(await readScores(file, metric), baseline);
}

async function readScores(file: string, metric: string): Promise<Score[]> {
  const expected = `a CSV file with the columns ${[...KEYS, metric].join(', ')}`;
  const rows = parseCsv((await readNamed(file, expected)).toString());
  if (rows.length === 0) {
    throw new UserError({ what: file, got: 'a file without rows', expected, fix: 'check the path' });
  }
  const columns = [...new Set(rows.flatMap(Object.keys))];
  for (const column of [...KEYS, metric]) {
    if (columns.includes(column)) continue;
    throw new UserError({
      what: file,
      got: `no column "${column}"`,
      expected: `it among ${columns.join(', ')}`,
      fix: `did you mean ${nearest(column, columns)}?`,
    });
  }
  return rows.map((row, index) => {
    for (const key of KEYS) {
      if (row[key]) continue;
      throw new UserError({
        what: `${file}, row ${index + 1} after the header`,
        got: `no ${key}`,
        expected: 'arm, seed and image in every row',
        fix: 'fill it in, or leave the row out',
      });
    }
    return { arm: row.arm, seed: row.seed, image: row.image, value: numberIn(row[metric]) ?? Number.NaN };
  });
}
