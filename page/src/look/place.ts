import { computed } from '@preact/signals';
import { place } from '../state.ts';

/** What is looked at: nothing of this is the table of all results. */
export interface LookPlace {
  /** A run, and one that is compared with it. */
  readonly run?: string;
  readonly other?: string;
  /** One of its images. */
  readonly stem?: string;
  /** A run or a study whose report is open. */
  readonly report?: string;
}

const NAMES = ['run', 'other', 'stem', 'report'] as const satisfies readonly (keyof LookPlace)[];
const START = '#/look';

/** Where the page is, as its address says: `#/look?run=NAME&stem=STEM`. */
export const looked = computed((): LookPlace => {
  const parameters = new URLSearchParams(place.value.slice(START.length + 1));
  return Object.fromEntries(
    NAMES.flatMap((name) => (parameters.get(name) ? [[name, parameters.get(name)]] : [])),
  );
});

export function lookLink(to: LookPlace): string {
  const given = NAMES.flatMap((name) => (to[name] === undefined ? [] : [[name, to[name]]]));
  return given.length === 0 ? START : `${START}?${new URLSearchParams(given)}`;
}

export function goTo(to: LookPlace): void {
  location.hash = lookLink(to);
}
