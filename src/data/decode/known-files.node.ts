import { stat } from 'node:fs/promises';

/** Pages are read file by file. */
const MOST = 16;

/** What was found out about files in this thread, for as long as they stay as they are; of the last few. */
export class KnownFiles<T> {
  readonly #known = new Map<string, { readonly state: string; readonly found: Promise<T> }>();

  /** @throws what `find` throws, which is not kept, and what the system says of the file */
  async of(file: string, find: () => Promise<T>): Promise<T> {
    const { ino, mtimeMs, size } = await stat(file);
    const state = [ino, mtimeMs, size].join();
    const before = this.#known.get(file);
    if (before?.state === state) return before.found;
    const entry = { state, found: find() };
    this.#known.delete(file);
    this.#known.set(file, entry);
    for (const oldest of [...this.#known.keys()].slice(0, -MOST)) this.#known.delete(oldest);
    entry.found.catch(() => {
      if (this.#known.get(file) === entry) this.#known.delete(file);
    });
    return entry.found;
  }
}
