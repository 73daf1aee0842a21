import { expectDistinct, parseFields } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import type { DataFolder, Sample } from './folder.node.ts';

/** How the settings say which images belong together: patients, videos, slides. */
export interface Grouping {
  /** A CSV file with stems and groups. */
  readonly groups?: string;
  /** A regular expression that finds the group in a stem. */
  readonly groupPattern?: string;
}

/** The group of an image by its stem. */
export interface Groups {
  /** Undefined of a stem that is not there, or does not match. */
  of(stem: string): string | undefined;
  /** Where they come from, for messages. */
  readonly what: string;
  /** The stems that are named, where there is a list of them. */
  readonly stems?: readonly string[];
}

/** Most stems or groups that are named in one message. */
const MOST_NAMED = 5;

export const someOf = (names: readonly string[]) =>
  names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ', ..' : '');

/**
 * Groups by a pattern: the first capture group of its match in the stem, or the whole match if it has none.
 *
 * @throws UserError if it is no regular expression
 */
export function groupsByPattern(pattern: string): Groups {
  const expression = compiled(pattern);
  return {
    what: `groupPattern ${pattern}`,
    of: (stem) => {
      const match = expression.exec(stem);
      // An empty group is none.
      return (match && (match.length > 1 ? match[1] : match[0])) || undefined;
    },
  };
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    throw new UserError({
      what: 'groupPattern',
      got: error instanceof Error ? error.message : String(error),
      expected: 'a regular expression that finds the group in the name of an image',
      fix: 'write for example ^([^_]+)_ for what comes before the first _',
    });
  }
}

const COLUMNS = ['stem', 'group'] as const;

/**
 * Groups of a CSV text: the columns `stem` and `group` of its header, or, without such a header, the two columns it has.
 *
 * @param file for messages
 * @param stemOf the stem of a name, which may have its file's ending
 * @throws UserError for other columns, an empty cell, or a stem with two groups
 */
export function groupsOfCsv(text: string, file: string, stemOf: (name: string) => string): Groups {
  const rows = parseFields(text, file)
    .map((fields, i) => ({ line: i + 1, fields: fields.map((field) => field.trim()) }))
    .filter(({ fields }) => fields.some((field) => field !== ''));
  const [at, body] = columnsOf(rows, file);
  const known = new Map<string, { readonly group: string; readonly line: number }>();
  for (const { line, fields } of body) {
    const [name, group] = at.map((column) => fields[column] ?? '');
    if (name === '' || group === '') {
      throw new UserError({
        what: `${file}, line ${line}`,
        got: name === '' ? 'no stem' : `no group of ${name}`,
        expected: 'the stem of an image and its group',
        fix: 'fill it in, or take the line away',
      });
    }
    const stem = stemOf(name);
    const before = known.get(stem);
    if (before && before.group !== group) {
      throw new UserError({
        what: `${file}, line ${line}`,
        got: `${stem} in group ${group}, and in ${before.group} in line ${before.line}`,
        expected: 'one group for each image',
        fix: 'take one of the two lines away',
      });
    }
    known.set(stem, before ?? { group, line });
  }
  return { what: file, of: (stem) => known.get(stem)?.group, stems: [...known.keys()] };
}

type Lines = readonly { readonly line: number; readonly fields: readonly string[] }[];

/** Which columns are stem and group, and the rows that hold them. */
function columnsOf(rows: Lines, file: string): [at: readonly number[], body: Lines] {
  const [header] = rows;
  const at = COLUMNS.map((column) => header?.fields.indexOf(column) ?? -1);
  if (at.every((column) => column >= 0)) {
    expectDistinct(header.fields, file);
    return [at, rows.slice(1)];
  }
  const odd = rows.find(({ fields }) => fields.length !== COLUMNS.length);
  if (header && !odd && at.every((column) => column < 0)) return [[0, 1], rows];
  throw new UserError({
    what: file,
    got: header ? `the columns ${(odd ?? header).fields.join(', ')}` : 'an empty file',
    expected: `a CSV file with the columns ${COLUMNS.join(' and ')}, separated by commas`,
    fix: `name the columns ${COLUMNS.join(' and ')} in the first line`,
  });
}

/**
 * Gives each image of a data folder its group.
 *
 * @param elsewhere whether other images, too, may have groups: else a stem without an image is told
 * @throws UserError if an image has none
 */
export function groupFolder(folder: DataFolder, groups: Groups, elsewhere: boolean): DataFolder {
  const samples = groupKnown(folder.samples, groups);
  const without = samples.filter(({ group }) => group === undefined).map(({ stem }) => stem);
  if (without.length > 0) {
    const listed = groups.stems !== undefined;
    throw new UserError({
      what: groups.what,
      got: `no group of ${without.length} of ${samples.length} images of ${folder.root}: ${someOf(without)}`,
      expected: listed ? 'a line for each image' : 'a match in the name of each image',
      fix: listed
        ? 'add them; an image that belongs to no other is a group of its own'
        : 'change the pattern, or list groups in a file: --groups FILE.csv',
    });
  }
  const own = new Set(samples.flatMap(({ stem, pageOf = stem }) => [stem, pageOf]));
  const unknown = elsewhere ? [] : (groups.stems ?? []).filter((stem) => !own.has(stem));
  const warnings =
    unknown.length > 0
      ? [
          `${unknown.length} of ${groups.stems!.length} stems in ${groups.what} have no image in ${folder.root}: ${someOf(unknown)}`,
        ]
      : [];
  return { ...folder, samples, warnings: [...folder.warnings, ...warnings] };
}

/** Gives images their groups, as far as they have any: plain images from elsewhere need none. */
export const groupKnown = (samples: readonly Sample[], groups: Groups): Sample[] =>
  samples.map((sample) => {
    const { stem, pageOf = stem } = sample;
    const group = groups.of(stem) ?? groups.of(pageOf);
    return group === undefined ? sample : { ...sample, group };
  });

/** Pages of a file belong together, such as slices of a volume; those of the only file of a set are images like others. */
export function groupPages(samples: readonly Sample[]): readonly Sample[] {
  const fileOf = ({ stem, pageOf = stem }: Sample) => pageOf;
  const none = samples.every(({ pageOf }) => pageOf === undefined);
  if (none || new Set(samples.map(fileOf)).size === 1) return samples;
  return samples.map((sample) => ({ ...sample, group: fileOf(sample) }));
}
