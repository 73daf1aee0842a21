import { QUESTIONS } from '../../../src/serve/questions.ts';
import { answers } from '../state.ts';
import { Asking } from './asking.tsx';
import { Grid } from './grid.tsx';
import {
  described,
  FILTER_NAMES,
  FILTERS,
  type FilterName,
  filter,
  ORDERS,
  type OrderName,
  order,
  search,
  shown,
} from './listing.ts';

/** All images of the folder, to choose one from. */
export function ImagesView() {
  // Whether there are problems is not known before that was asked.
  const countOf = (name: FilterName) =>
    name === 'problems' && !answers.value.check ? '?' : described.value.filter(FILTERS[name].holds).length;
  return (
    <>
      <search class="tools">
        <fieldset class="choice">
          <legend>Images</legend>
          {FILTER_NAMES.map((name) => (
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
        <label class="search">
          <span>Sort by</span>
          <select
            value={order.value}
            onChange={({ currentTarget }) => {
              order.value = currentTarget.value as OrderName;
            }}
          >
            {ORDERS.map((name) => (
              <option key={name} value={name}>
                {name === 'name' ? 'Name' : QUESTIONS[name].title}
              </option>
            ))}
          </select>
        </label>
      </search>
      {order.value !== 'name' && <Asking name={order.value} />}
      {filter.value === 'problems' && <Asking name="check" />}
      {shown.value.length > 0 ? <Grid images={shown.value} /> : <p class="wait">No image is like that.</p>}
    </>
  );
}
