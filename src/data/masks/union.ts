import type { MaskValues } from './labelling.ts';
import { colourOf, isIgnored, type ValueKind } from './raw-mask.ts';
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
  /** Pixels by value, or by colour as `r << 16 | g << 8 | b`, ascending, without those that are ignored. */
  readonly counts: ReadonlyMap<number, number>;
  readonly values: readonly number[];
  readonly lossy: boolean;
}

/** Floats of 0 and 1 are taken times 255 where other floats of the set are. */
export function inOneScale(files: readonly SurveyedMask[]): readonly SurveyedMask[] {
  if (!files.some(({ survey }) => survey.shares)) return files;
  return files.map(({ path, survey }) => {
    if (survey.shares !== false) return { path, survey };
    const counts = Array.from(survey.counts, ([value, count]) => [255 * value, count] as const);
    return { path, survey: { ...survey, counts: new Map(counts) } };
  });
}

/**
 * @param given.maskValues where it is not said, values are colours if some file is coloured
 * @param given.ignore values, or colours, that do not count
 */
export function unionOf(
  files: readonly SurveyedMask[],
  {
    maskValues,
    ignore = [],
  }: { readonly maskValues?: MaskValues; readonly ignore?: readonly (number | string)[] },
): Union {
  const kinds = new Set(files.map(({ survey }) => survey.kind));
  const inColours = (maskValues ?? (kinds.has('colour') ? 'colours' : 'classes')) === 'colours';
  const counts = new Map<number, number>();
  for (const { survey } of files) {
    for (const [value, count] of survey.counts) {
      if (isIgnored(survey, value, ignore, inColours)) continue;
      const key = inColours ? colourOf(survey, value) : value;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  const values = [...counts.keys()].sort((a, b) => a - b);
  return { files, kinds, counts, values, lossy: files.some(({ survey }) => survey.lossy) };
}
