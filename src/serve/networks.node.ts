import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { KeptNetwork } from '../runs/kept-network.node.ts';

/** So many are open: two runs can be compared. */
const MOST_OPEN = 2;

/** They are closed when nothing was asked for so long, in ms. */
const IDLE = 60_000;

/** More than this is refused. */
const MOST_WAITING = 200;

interface Open {
  readonly version: string;
  readonly network: KeptNetwork;
}

/** The networks of trainings while they are asked for: few are open, and one works at a time. */
export class Networks {
  readonly #open = new Map<string, Open>();
  #working: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ended = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /**
   * Does some work with the network of a run, after what others asked for.
   *
   * @param run its folder
   * @param signal takes it out of the queue
   * @throws UserError for a run that has no network, or if too much waits already
   */
  use<Result>(
    run: string,
    work: (network: KeptNetwork) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    return this.queued(async () => work(await this.#networkOf(run)), signal);
  }

  /** Does some work alone, after what others asked for. */
  async queued<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#waiting >= MOST_WAITING)
      throw new UserError({ what: 'predictions', got: `${this.#waiting} that wait`, expected: 'fewer' });
    if (this.#ended)
      throw new UserError({ what: 'predictions', got: 'a server that ends', expected: 'one that runs' });
    this.#waiting++;
    const turn = this.#working.then(async () => {
      this.#waiting--;
      signal?.throwIfAborted();
      clearTimeout(this.#idle);
      try {
        return await work();
      } finally {
        this.#idle = setTimeout(() => this.queued(() => this.#closeAll()).catch(console.error), IDLE);
        this.#idle.unref();
      }
    });
    this.#working = turn.catch(() => {});
    return turn;
  }

  /** Ends, after what works. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#working;
    clearTimeout(this.#idle);
    await this.#closeAll();
  }

  async #networkOf(run: string): Promise<KeptNetwork> {
    const version = await networkVersion(run);
    const known = this.#open.get(run);
    this.#open.delete(run);
    if (known?.version === version) {
      this.#open.set(run, known);
      return known.network;
    }
    await known?.network.close();
    const [oldest] = this.#open;
    if (oldest && this.#open.size >= MOST_OPEN) {
      this.#open.delete(oldest[0]);
      await oldest[1].network.close();
    }
    const network = await KeptNetwork.open(run);
    this.#open.set(run, { version, network });
    return network;
  }

  async #closeAll(): Promise<void> {
    for (const { network } of this.#open.values()) await network.close();
    this.#open.clear();
  }
}

/** Changes when the network of a run does, or what is expected of it. */
export async function networkVersion(run: string): Promise<string> {
  const files = [RUN.settings.name, RUN_PATHS.best, RUN_PATHS.last, RUN.expectation.name];
  return (await Promise.all(files.map((file) => fileVersion(join(run, file))))).join();
}

/** Changes when a file does. */
export async function fileVersion(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.size}-${found.mtimeMs}` : 'none';
}
