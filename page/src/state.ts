import { computed, signal } from '@preact/signals';
import type { AnswerView, DatasetView, QuestionView, RunView } from '../../src/serve/api.ts';
import type { QuestionName } from '../../src/serve/questions.ts';
import { loadAnswer, loadDataset, watch } from './server.ts';

/** The data folder, once it is loaded. */
export const dataset = signal<DatasetView | undefined>(undefined);

/** What went wrong last, until it is dismissed. */
export const problem = signal<string | undefined>(undefined);

/** The trainings on this data, the newest first, as they go. */
export const runs = signal<readonly RunView[]>([]);

/** What was asked about all images, as it goes. */
export const questions = signal<readonly QuestionView[]>([]);

/** The newest answers. */
export const answers = signal<Readonly<Partial<Record<QuestionName, AnswerView>>>>({});

watch({
  onRuns: (found) => {
    runs.value = found;
  },
  onQuestions: (found) => {
    const before = new Map(questions.value.map(({ name, answers: count }) => [name, count]));
    questions.value = found;
    for (const { name, answers: count } of found)
      if (count > 0 && count !== before.get(name)) telling(() => takeAnswer(name));
  },
});

async function takeAnswer(name: QuestionName): Promise<void> {
  const answer = await loadAnswer(name);
  answers.value = { ...answers.value, [name]: answer };
}

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

/** What went wrong, as it is told. */
export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Does something, and tells what goes wrong. */
export async function telling<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    problem.value = textOf(error);
    return undefined;
  }
}

export async function refresh(): Promise<void> {
  dataset.value = (await telling(loadDataset)) ?? dataset.value;
}
