import { hexOf, type ValueKind } from './raw-mask.ts';
import type { MaskSurvey } from './survey.ts';

/** A mask file that could be read. */
export interface SurveyedMask {
  readonly path: string;
  readonly survey: MaskSurvey;
}

/** What all files of a set hold together. */
export interface Union {
  readonly files: readonly SurveyedMask[];
  readonly kinds: ReadonlySet<ValueKind>;
  /** Pixels by value, ascending, without those that are ignored. */
  readonly counts: ReadonlyMap<number, number>;
  readonly values: readonly number[];
  readonly lossy: boolean;
}

/** @param ignore values, or colours, that do not count */
export function unionOf(files: readonly SurveyedMask[], ignore: readonly (number | string)[]): Union {
  const kinds = new Set(files.map(({ survey }) => survey.kind));
  const ignored = (value: number) => ignore.includes(kinds.has('colour') ? hexOf(value) : value);
  const counts = new Map<number, number>();
  for (const { survey } of files)
    for (const [value, count] of survey.counts)
      if (!ignored(value)) counts.set(value, (counts.get(value) ?? 0) + count);
  const values = [...counts.keys()].sort((a, b) => a - b);
  return { files, kinds, counts, values, lossy: files.some(({ survey }) => survey.lossy) };
}
