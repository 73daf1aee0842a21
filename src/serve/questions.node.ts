import { UserError } from '../core/errors.ts';
import { unlessEnded } from '../events/ending.ts';
import type { RunEvent } from '../events/run-event.ts';
import { ANSWERS } from './answers.node.ts';
import type { AnswerView, QuestionView } from './api.ts';
import type { Dataset } from './dataset.node.ts';
import { QUESTION_NAMES, QUESTIONS, type QuestionName } from './questions.ts';
import type { Queue } from './queue.node.ts';
import type { Trainings } from './trainings.node.ts';

const isUnderWay = ({ state }: QuestionView) => state === 'running' || state === 'waiting';

/** What was asked about all images, and the answers; they are kept until they are asked for again. */
export class Questions {
  readonly #views = new Map<QuestionName, QuestionView>(
    QUESTION_NAMES.map((name) => [name, { name, state: 'open', answers: 0 }]),
  );
  readonly #answers = new Map<QuestionName, AnswerView>();
  readonly #controllers = new Map<QuestionName, AbortController>();
  readonly #listeners = new Set<() => void>();
  #working: Promise<unknown> = Promise.resolve();

  constructor(
    readonly dataset: Dataset,
    readonly trainings: Trainings,
    /** Those that ask a network wait for trainings. */
    readonly queue: Queue,
  ) {}

  /** Tells of every change. @returns what ends that */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(): QuestionView[] {
    return [...this.#views.values()];
  }

  /** The newest answer to a question; undefined if there is none. */
  answerTo(name: QuestionName): AnswerView | undefined {
    return this.#answers.get(name);
  }

  /** Asks; the answer comes later. @throws UserError where it is under way, or there is no network to ask */
  async ask(name: QuestionName): Promise<void> {
    const { network, title: what } = QUESTIONS[name];
    const trained = network ? (await this.trainings.list()).find(({ state }) => state === 'done') : undefined;
    if (network && !trained)
      throw new UserError({ what, got: 'no network', expected: 'one that is trained', fix: 'train one' });
    if (isUnderWay(this.#views.get(name)!))
      throw new UserError({ what, got: 'a question that is asked already', expected: 'its answer first' });
    const controller = new AbortController();
    this.#controllers.set(name, controller);
    this.#set(name, { state: 'waiting', run: trained?.name });
    const work = () => this.#answer(name, trained?.name, controller.signal);
    this.#working = Promise.all([this.#working, network ? this.queue.add(work) : work()]);
  }

  /** Ends what is under way; what was trained for it is used again. */
  stop(name: QuestionName): void {
    this.#controllers.get(name)?.abort();
  }

  /** Ends all of them, and waits until what ran is saved. */
  async close(): Promise<void> {
    for (const controller of this.#controllers.values()) controller.abort();
    await this.#working;
  }

  async #answer(name: QuestionName, run: string | undefined, signal: AbortSignal): Promise<void> {
    const onEvent = (event: RunEvent) => this.#take(name, event);
    try {
      if (signal.aborted) return this.#set(name, { state: 'open' });
      this.#set(name, { state: 'running' });
      const folder = run === undefined ? undefined : await this.trainings.folderOf(run);
      const asked = { dataset: this.dataset, run: folder ?? '' };
      const context = { signal, onEvent };
      const answer = await unlessEnded(context, () => ANSWERS[name](asked, context));
      if (!answer || signal.aborted) return this.#set(name, { state: 'open' });
      this.#answers.set(name, answer);
      this.#set(name, { state: 'done', answers: this.#views.get(name)!.answers + 1 });
    } catch (error) {
      const own = error instanceof UserError;
      if (!own) console.error(error);
      this.#set(name, { state: 'failed', note: own ? error.message : 'it broke off; see the terminal' });
    }
  }

  #take(name: QuestionName, event: RunEvent): void {
    const [head] = (this.#views.get(name)?.note ?? '').split(' · ');
    const note = noteOf(event, head);
    if (note !== undefined) this.#set(name, { state: 'running', note });
  }

  #set(name: QuestionName, change: Partial<QuestionView>): void {
    const { note: _, ...before } = this.#views.get(name)!;
    this.#views.set(name, { ...before, ...change });
    for (const listener of this.#listeners) listener();
  }
}

/** @param head what was told before the steps */
function noteOf(event: RunEvent, head: string): string | undefined {
  if (event.type === 'phase') return `${event.phase}: ${event.done} of ${event.total}`;
  if (event.type === 'notice') return event.text;
  return event.type === 'step' ? `${head} · step ${event.step} of ${event.steps}` : undefined;
}
