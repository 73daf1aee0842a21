import { type Listener, warn } from '../core/events.ts';
import type { LoggedSetting, Outcome, RunLog, Scalars } from './run-log.ts';

/** A run's log of one tool that stops neither the run nor other tools: what fails first is told, and then the tool is left out. */
export class GuardedLog implements RunLog {
  /** Undefined where it could not be opened. */
  readonly log: RunLog | undefined;
  readonly #listener: Listener;
  #failed = false;

  constructor(open: () => RunLog, listener: Listener) {
    this.#listener = listener;
    this.log = this.#attempt(open);
  }

  begin(settings: Readonly<Record<string, LoggedSetting>>, step: number): void {
    this.#attempt(() => this.log?.begin(settings, step));
  }

  scalars(step: number, values: Scalars): void {
    this.#attempt(() => this.log?.scalars(step, values));
  }

  image(step: number, name: string, png: Uint8Array): void {
    this.#attempt(() => this.log?.image(step, name, png));
  }

  done(): void {
    this.#attempt(() => this.log?.done());
  }

  /** Also of one that has failed: it may hold a file. */
  async end(outcome: Outcome | undefined): Promise<void> {
    await this.log?.end(outcome).catch((error: Error) => this.#tell(error));
  }

  #attempt<Result>(work: () => Result): Result | undefined {
    if (this.#failed) return undefined;
    try {
      return work();
    } catch (error) {
      this.#tell(error as Error);
      return undefined;
    }
  }

  #tell({ message }: Error): void {
    if (!this.#failed) warn(this.#listener, `not logged: ${message}; the run goes on without`);
    this.#failed = true;
  }
}
