// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { UserError } from '../core/errors.ts';
import { startWorker, unpackError } from '../core/worker.node.ts';
import type { Batch, BatchRequest } from './batch.ts';
import type { Sample } from './folder.node.ts';
import type { LoaderReply, LoaderSetup, LoaderTask } from './loader.worker.node.ts';
import { WorkerPool } from './pool.node.ts';
import type { FileHashes } from './read.node.ts';
import type { Size } from './resize.ts';

export interface LoaderOptions {
  readonly samples: readonly Sample[];
  /** The network's input size. */
  readonly size: Size;
  /** Whether batches have masks; every sample needs one then. */
  readonly masks: boolean;
  /** Threads that decode and assemble, at least 1. */
  readonly workers: number;
  /** Room for decoded samples; those that do not fit are decoded each time they are needed. */
  readonly memoryBytes: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most bad files named in one message. */
const mostNamed = 10;

/**
 * Samples at network size, ready to be made into batches by worker threads. A batch is a pure function of its
 * request: neither the number of workers nor their timing nor the memory changes a bit of it.
 */
export class Loader {
  /** Of each sample's files, in the order of the samples. */
  readonly hashes: readonly FileHashes[];
  readonly samples: readonly Sample[];
  readonly #pool: WorkerPool<LoaderTask, LoaderReply>;

  private constructor(
    samples: readonly Sample[],
    hashes: readonly FileHashes[],
    pool: WorkerPool<LoaderTask, LoaderReply>,
  ) {
    this.samples = samples;
    this.hashes = hashes;
    this.#pool = pool;
  }

  /**
   * Reads every file once, so that a bad one is known before training starts.
   * @throws UserError naming the files that cannot be read (the first ten)
   */
  static async open(options: LoaderOptions): Promise<Loader> {
    const { samples, size, masks, workers, memoryBytes, onProgress } = options;
    const bytes = size.height * size.width * (masks ? 4 : 3);
    const cached = Math.min(samples.length, Math.floor(memoryBytes / bytes));
    const cache = Array.from({ length: cached }, () => new SharedArrayBuffer(bytes));
    const setup: LoaderSetup = { samples, size, masks, cache };
    const url = new URL('./loader.worker.node.ts', import.meta.url);
    const pool = new WorkerPool<LoaderTask, LoaderReply>(
      Array.from({ length: Math.max(1, workers) }, () => startWorker(url, setup)),
    );
    let done = 0;
    const prepare = async (index: number) => {
      const reply = await pool.run({ kind: 'prepare', index });
      onProgress?.(++done, samples.length);
      return reply;
    };
    try {
      const replies = await Promise.all(samples.map((_, index) => prepare(index)));
      return new Loader(samples, hashesOf(replies), pool);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Assembles a batch in a worker. Its tensors are the caller's own. */
  async batch(request: BatchRequest): Promise<Batch> {
    for (const index of request.indices) {
      if (!(index in this.samples)) throw new RangeError(`no sample ${index} among ${this.samples.length}`);
    }
    const reply = await this.#pool.run({ kind: 'batch', request });
    if ('batch' in reply) return reply.batch;
    throw 'error' in reply ? unpackError(reply.error) : new Error('unexpected reply of a loader thread');
  }

  /** Ends the threads when the batches under way are done. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function hashesOf(replies: readonly LoaderReply[]): FileHashes[] {
  const bad: Error[] = [];
  const hashes: FileHashes[] = [];
  for (const reply of replies) {
    if ('hashes' in reply) hashes.push(reply.hashes);
    else if ('bad' in reply) bad.push(...reply.bad.map(unpackError));
    else if ('error' in reply) throw unpackError(reply.error);
  }
  if (bad.length === 1) throw bad[0];
  if (bad.length > 1) {
    const named = bad.slice(0, mostNamed).map((error) => `\n  ${error.message}`);
    const more = bad.length > mostNamed ? `\n  and ${bad.length - mostNamed} more` : '';
    throw new UserError({
      what: 'image files',
      got: `${bad.length} that cannot be used:${named.join('')}${more}\n`,
      expected: 'none',
    });
  }
  return hashes;
}
