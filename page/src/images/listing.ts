import { computed, signal } from '@preact/signals';
import { answers, dataset } from '../state.ts';
import type { Shown } from './grid.tsx';

/** All images, and what is wrong with them. */
export const described = computed((): readonly Shown[] => {
  const problems = new Map(answers.value.check?.images.map(({ stem, text }) => [stem, text]));
  return (dataset.value?.images ?? []).map((image) => ({ ...image, problem: problems.get(image.stem) }));
});

/** How images can be sorted: by name, or by the answer to a question. */
export const ORDERS = ['name', 'next', 'expected', 'suspects'] as const;
export type OrderName = (typeof ORDERS)[number];

export const order = signal<OrderName>('name');

/** Whether an answer still holds of an image: one that has a mask by now needs none next. */
const HOLDS: Readonly<Record<Exclude<OrderName, 'name'>, (image: Shown) => boolean>> = {
  next: ({ masked }) => !masked,
  expected: ({ masked }) => !masked,
  suspects: ({ masked }) => masked,
};

/** All images in the order that was chosen; those that the answer does not tell of come last. */
export const sorted = computed((): readonly Shown[] => {
  const by = order.value;
  if (by === 'name') return described.value;
  const images = new Map(described.value.map((image) => [image.stem, image]));
  const first = (answers.value[by]?.images ?? []).flatMap(({ stem, text }) => {
    const image = images.get(stem);
    return image && HOLDS[by](image) ? [{ ...image, said: text }] : [];
  });
  for (const { stem } of first) images.delete(stem);
  return [...first, ...images.values()];
});

interface Filter {
  readonly title: string;
  holds(image: Shown): boolean;
}

/** Which images are shown. */
export const FILTERS = {
  all: { title: 'All', holds: () => true },
  masked: { title: 'With mask', holds: ({ masked }) => masked },
  open: { title: 'Without mask', holds: ({ masked }) => !masked },
  problems: { title: 'With problems', holds: ({ problem }) => problem !== undefined },
} as const satisfies Record<string, Filter>;
export type FilterName = keyof typeof FILTERS;
export const FILTER_NAMES = Object.keys(FILTERS) as FilterName[];

export const filter = signal<FilterName>('all');
/** A part of the names. */
export const search = signal('');

/** The images that are shown, in their order. */
export const shown = computed(() => {
  const wanted = search.value.trim().toLowerCase();
  return sorted.value.filter(
    (image) => FILTERS[filter.value].holds(image) && image.stem.toLowerCase().includes(wanted),
  );
});
