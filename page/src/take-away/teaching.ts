import { signal } from '@preact/signals';
import type { PageSample } from '../../../src/web/samples.ts';
import type { Lab } from '../lab/lab.ts';
import { pixelsOf } from '../lab/lab-image.ts';
import type { PaintSession } from '../label/paint-session.ts';

/** How a few masks are learned from: steps of few images that are short, and no average of the weights, which needs many. */
const SETTINGS = { steps: 1000, batch: 4, schedule: 'constant', warmupSteps: 0, average: 0 } as const;

/** What is shown of it is renewed so often, in steps. */
const RENEW_EVERY = 5;

/** How far a training in the page is. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  /** In seconds. */
  readonly left: number;
}

/** The training that is under way. */
export const progress = signal<Progress | undefined>(undefined);
/** The steps that the network has learned here. */
export const learned = signal(0);

let stopping: AbortController | undefined;

export const stop = (): void => stopping?.abort();

/**
 * Trains the network on the painted masks; nothing leaves the page.
 *
 * @param seconds after which it ends
 * @throws UserError for a training that cannot go on
 */
export async function teach(
  lab: Lab,
  painted: ReadonlyMap<string, PaintSession>,
  seconds: number,
): Promise<void> {
  const samples = Array.from(painted.values(), sampleOf);
  const own = new AbortController();
  stopping = own;
  const ends = performance.now() + 1000 * seconds;
  const timer = setTimeout(() => own.abort(), 1000 * seconds);
  progress.value = { step: 0, loss: Number.NaN, left: seconds };
  try {
    const { steps } = await lab.network.train(samples, SETTINGS, {
      signal: own.signal,
      onEvent: (event) => {
        if (event.type !== 'step') return;
        const { step, loss } = event;
        progress.value = { step, loss, left: Math.max(0, (ends - performance.now()) / 1000) };
        if (step % RENEW_EVERY === 0) lab.follow();
      },
    });
    learned.value += steps;
  } finally {
    clearTimeout(timer);
    progress.value = undefined;
    lab.follow();
  }
}

function sampleOf(session: PaintSession): PageSample {
  const mask = { ...session.size, planes: session.planes().length, data: session.labels() };
  return { name: session.stem, image: pixelsOf(session.shade.image.value), mask };
}
