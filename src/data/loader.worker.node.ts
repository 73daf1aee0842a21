import { parentPort, workerData } from 'node:worker_threads';
import { type PackedError, packError } from '../core/worker.node.ts';
import { assembleBatch, type Batch, type BatchRequest, type Pixels } from './batch.ts';
import type { Sample } from './folder.node.ts';
import { type FileHashes, readSample } from './read.node.ts';
import type { Size } from './resize.ts';

/** What the worker is started with. */
export interface LoaderSetup {
  readonly samples: readonly Sample[];
  readonly size: Size;
  readonly masks: boolean;
  /** Pixels of the first samples, shared between the threads: image, then mask. Samples beyond are read anew. */
  readonly cache: readonly SharedArrayBuffer[];
}

/** Read, hash and cache a sample, or assemble a batch. */
export type LoaderTask =
  | { readonly kind: 'prepare'; readonly index: number }
  | { readonly kind: 'batch'; readonly request: BatchRequest };

/** `bad` is what is wrong with the files of a sample, `error` what went wrong otherwise. */
export type LoaderReply =
  | { readonly hashes: FileHashes }
  | { readonly bad: readonly PackedError[] }
  | { readonly batch: Batch }
  | { readonly error: PackedError };

const { samples, size, masks, cache } = workerData as LoaderSetup;
const imageLength = size.height * size.width * 3;

parentPort!.on('message', async (task: LoaderTask | 'close') => {
  // Not terminated from outside: that would tear the thread from under a running decoder.
  if (task === 'close') parentPort!.close();
  else if (task.kind === 'prepare') await answer(() => prepare(task.index));
  else await answer(() => batch(task.request));
});

async function answer(work: () => Promise<LoaderReply>): Promise<void> {
  const reply = await work().catch((error) => ({ error: packError(error) }));
  const { input, image, mask } = 'batch' in reply ? reply.batch : {};
  parentPort!.postMessage(
    reply,
    [input, image, mask].flatMap((tensor) => tensor?.buffer ?? []),
  );
}

async function prepare(index: number): Promise<LoaderReply> {
  const read = await readSample(samples[index], size, masks);
  if (!('pixels' in read)) return { bad: read.map(packError) };
  const slot = cache[index];
  if (slot) {
    const bytes = new Uint8Array(slot);
    bytes.set(read.pixels.image);
    if (read.pixels.mask) bytes.set(read.pixels.mask, imageLength);
  }
  return { hashes: read.hashes };
}

async function batch(request: BatchRequest): Promise<LoaderReply> {
  const pixels: Pixels[] = [];
  for (const index of request.indices) pixels.push(await pixelsOf(index));
  const stems = request.indices.map((index) => samples[index].stem);
  return { batch: assembleBatch(request, stems, pixels, size) };
}

async function pixelsOf(index: number): Promise<Pixels> {
  const slot = cache[index];
  if (slot) {
    const image = new Uint8Array(slot, 0, imageLength);
    return masks ? { image, mask: new Uint8Array(slot, imageLength) } : { image };
  }
  const read = await readSample(samples[index], size, masks);
  if ('pixels' in read) return read.pixels;
  throw read[0];
}
