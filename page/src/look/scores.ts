import { signal } from '@preact/signals';
import type { LookView, Numbers } from '../../../src/serve/look-api.ts';
import { telling } from '../state.ts';
import { loadLook, loadNumbers } from './server.ts';

/** What is known of a run's images. It grows while images are scored. */
export class RunScores {
  readonly view = signal<LookView | undefined>(undefined);
  /** By stem. */
  readonly numbers = signal<ReadonlyMap<string, Numbers>>(new Map());

  constructor(readonly name: string) {}

  /** What the server knows already. */
  async load(): Promise<void> {
    const view = await telling(() => loadLook(this.name));
    if (!view) return;
    this.view.value = view;
    this.numbers.value = new Map(
      view.images.flatMap(({ stem, numbers }) => (numbers ? [[stem, numbers]] : [])),
    );
  }

  /** Scores an image, or says what is expected of it. */
  async measure(stem: string, abort?: AbortSignal): Promise<Numbers> {
    const found = await loadNumbers(stem, this.name, abort);
    this.numbers.value = new Map(this.numbers.value).set(stem, found);
    return found;
  }
}

/** Of so many runs what is known is kept. */
const MOST_KEPT = 4;
const kept = new Map<string, RunScores>();

export function scoresOf(name: string): RunScores {
  const scores = kept.get(name) ?? new RunScores(name);
  kept.delete(name);
  kept.set(name, scores);
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
  return scores;
}
