import { computed, signal } from '@preact/signals';
import type { DatasetView, RunView } from '../../src/serve/api.ts';
import { loadDataset, watchTrainings } from './server.ts';

/** The data folder, once it is loaded. */
export const dataset = signal<DatasetView | undefined>(undefined);

/** What went wrong last, until it is dismissed. */
export const problem = signal<string | undefined>(undefined);

/** The trainings on this data, the newest first, as they go. */
export const runs = signal<readonly RunView[]>([]);
watchTrainings((found) => {
  runs.value = found;
});

/** Where the page is, as its address says: `#/`, `#/label/STEM`, `#/train`. */
export const place = signal(location.hash);
addEventListener('hashchange', () => {
  place.value = location.hash;
});

/** The image that is labelled. */
export const labelled = computed(() => {
  const [, stem] = /^#\/label\/(.+)$/.exec(place.value) ?? [];
  return stem === undefined ? undefined : decodeURIComponent(stem);
});

export const linkTo = (stem: string): string => `#/label/${encodeURIComponent(stem)}`;

/** Does something, and tells what goes wrong. */
export async function telling<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

export async function refresh(): Promise<void> {
  dataset.value = (await telling(loadDataset)) ?? dataset.value;
}
