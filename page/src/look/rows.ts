import { signal } from '@preact/signals';
import type { LookedImage, Numbers, UseName } from '../../../src/serve/look-api.ts';
import type { RunScores } from './scores.ts';
import { type Column, type Sorting, sorted } from './sorting.ts';

/** What an image is to a run, and what the run makes of it. */
export interface Known extends Pick<LookedImage, 'use' | 'heldOut'> {
  readonly numbers: Numbers;
}

/** An image in the table of a run's images. */
export interface Row extends Pick<LookedImage, 'stem' | 'masked'> {
  readonly own: Known;
  /** To the run that is compared with it. */
  readonly other: Known;
}

/** What an image with a mask was to a run. A score of an image that a network has seen is no test. */
export const USES: Readonly<Record<UseName, { readonly title: string; readonly seen: boolean }>> = {
  test: { title: 'test', seen: false },
  validation: { title: 'chose the weights, no test', seen: true },
  train: { title: 'trained on, no test', seen: true },
  plain: { title: 'learned from without its mask, no test', seen: true },
  none: { title: 'new to it', seen: false },
};

/** Which images are shown. */
export const FILTERS = {
  all: { title: 'All', holds: () => true },
  test: { title: 'Test', holds: ({ masked, own }: Row) => masked && own.use === 'test' },
  fresh: {
    title: 'New masks',
    holds: ({ masked, own }: Row) => masked && (own.use === 'none' || own.use === 'plain'),
  },
  validation: { title: 'Validation', holds: ({ masked, own }: Row) => masked && own.use === 'validation' },
  train: { title: 'Trained on', holds: ({ masked, own }: Row) => masked && own.use === 'train' },
  open: { title: 'Without mask', holds: ({ masked }: Row) => !masked },
} as const;
export type FilterName = keyof typeof FILTERS;
export const FILTER_NAMES = Object.keys(FILTERS) as FilterName[];

export const filter = signal<FilterName>('all');
/** The worst first. */
export const sorting = signal<Sorting>({ key: 'dice', direction: 'ascending' });

/** The Dice of a mask, or what is expected of it where there is no truth. */
export const worthOf = ({ dice, expected }: Numbers, masked: boolean): number | undefined =>
  masked ? dice : expected;

export const differenceOf = ({ own, other, masked }: Row): number | undefined => {
  const [one, two] = [worthOf(own.numbers, masked), worthOf(other.numbers, masked)];
  return one === undefined || two === undefined ? undefined : two - one;
};

const STEM: Column<Row> = { key: 'stem', title: 'Image', value: ({ stem }) => stem };

/** @param other a run that is compared */
export function columnsOf(name: string, other: string | undefined): readonly Column<Row>[] {
  const dice = (key: 'own' | 'other', run: string): Column<Row> => ({
    key: key === 'own' ? 'dice' : 'other',
    title: other === undefined ? 'Dice' : `Dice of ${run}`,
    value: (row) => worthOf(row[key].numbers, row.masked),
  });
  const one = [STEM, dice('own', name)];
  if (other === undefined) return one;
  return [...one, dice('other', other), { key: 'difference', title: 'Difference', value: differenceOf }];
}

/** The images of a run in the order in which they are shown. */
export function rowsOf(scores: RunScores, other: RunScores | undefined): readonly Row[] {
  const [own, others] = [knownTo(scores), knownTo(other)];
  const rows = (scores.view.value?.images ?? []).map(
    ({ stem, masked }): Row => ({ stem, masked, own: own(stem), other: others(stem) }),
  );
  return sorted(rows, columnsOf(scores.name, other?.name), sorting.value);
}

function knownTo(scores: RunScores | undefined): (stem: string) => Known {
  const images = new Map(scores?.view.value?.images.map((image) => [image.stem, image]));
  const numbers = scores?.numbers.value;
  return (stem) => {
    const { use = 'none', heldOut } = images.get(stem) ?? {};
    return { use, heldOut, numbers: numbers?.get(stem) ?? {} };
  };
}

/** Those of them that the filter lets through. */
export const shownOf = (rows: readonly Row[]): readonly Row[] => rows.filter(FILTERS[filter.value].holds);
