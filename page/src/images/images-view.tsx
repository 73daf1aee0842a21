import { computed, signal } from '@preact/signals';
import { dataset } from '../state.ts';
import { Grid } from './grid.tsx';

const FILTERS = {
  all: { title: 'All', holds: () => true },
  masked: { title: 'With mask', holds: ({ masked }: { readonly masked: boolean }) => masked },
  open: { title: 'Without mask', holds: ({ masked }: { readonly masked: boolean }) => !masked },
} as const;
type FilterName = keyof typeof FILTERS;
const NAMES = Object.keys(FILTERS) as FilterName[];

const filter = signal<FilterName>('all');
const search = signal('');

const shown = computed(() => {
  const wanted = search.value.trim().toLowerCase();
  return (dataset.value?.images ?? []).filter(
    (image) => FILTERS[filter.value].holds(image) && image.stem.toLowerCase().includes(wanted),
  );
});

/** All images of the folder, to choose one from. */
export function ImagesView() {
  const images = dataset.value?.images ?? [];
  const countOf = (name: FilterName) => images.filter(FILTERS[name].holds).length;
  return (
    <>
      <search class="tools">
        <fieldset class="choice">
          <legend>Images</legend>
          {NAMES.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="filter"
                checked={filter.value === name}
                onChange={() => {
                  filter.value = name;
                }}
              />
              {FILTERS[name].title} <small>{countOf(name)}</small>
            </label>
          ))}
        </fieldset>
        <label class="search">
          <span>Name</span>
          <input
            type="search"
            value={search.value}
            onInput={({ currentTarget }) => {
              search.value = currentTarget.value;
            }}
          />
        </label>
      </search>
      {shown.value.length > 0 ? <Grid images={shown.value} /> : <p class="wait">No image is like that.</p>}
    </>
  );
}
