import { Session } from 'node:inspector/promises';

type Piece = readonly [from: number, to: number];

/** Which of the project's own code has run, by V8's counts of blocks. */
export class Coverage {
  readonly #session = new Session();
  /** Of each function that has run: what of it has not. */
  readonly #left = new Map<string, readonly Piece[]>();

  /** Counts from now on. To be called once. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Forgets what ran since the last call. */
  async skip(): Promise<void> {
    await this.#session.post('Profiler.takePreciseCoverage');
  }

  /** Whether something ran since the last call that never had. */
  async news(): Promise<boolean> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    let news = false;
    for (const { url, functions } of result) {
      if (!OWN.test(url)) continue;
      for (const { ranges } of functions) {
        const [{ startOffset, endOffset, count }] = ranges;
        if (count === 0) continue;
        const idle = ranges.flatMap((range): Piece[] =>
          range.count === 0 ? [[range.startOffset, range.endOffset]] : [],
        );
        const key = `${url} ${startOffset} ${endOffset}`;
        const before = this.#left.get(key);
        const left = before ? common(before, idle) : idle;
        news ||= !before || lengthOf(left) < lengthOf(before);
        this.#left.set(key, left);
      }
    }
    return news;
  }
}

/** Code of packages is theirs to test. */
const OWN = /^(?!.*node_modules).*\/(?:src|tests\/attack)\//;

/** What lies in both; the pieces of each are apart. */
const common = (some: readonly Piece[], others: readonly Piece[]): Piece[] =>
  some.flatMap(([from, to]) =>
    others.flatMap(([start, end]): Piece[] => {
      const both: Piece = [Math.max(from, start), Math.min(to, end)];
      return both[0] < both[1] ? [both] : [];
    }),
  );

const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, [from, to]) => sum + to - from, 0);
