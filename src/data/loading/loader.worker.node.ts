import { parentPort, workerData } from 'node:worker_threads';
import type { Size } from '../../core/size.ts';
import { type PackedError, packError } from '../../core/worker.node.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { Appearance } from '../duplicates/appearance.ts';
import type { Sample } from '../folders/folder.node.ts';
import type { Labelling } from '../masks/labelling.ts';
import { assembleBatch, type Batch, type BatchRequest } from './batch.ts';
import type { ImageLook } from './look.ts';
import type { PackedMask } from './packed-mask.node.ts';
import type { Pixels } from './pixels.ts';
import { type FileHashes, readSample } from './read.node.ts';
import { readSlot, type Slots, writeSlot } from './slots.node.ts';

/** What the worker is started with. */
export interface LoaderSetup {
  readonly samples: readonly Sample[];
  readonly size: Size;
  readonly reading: PixelReading;
  /** What masks mean, where they are read. */
  readonly labelling?: Labelling;
  /** Pixels of the samples: image, then mask. */
  readonly slots: Slots;
}

/** Read, hash and keep a sample, or assemble a batch. */
export type LoaderTask =
  | { readonly kind: 'prepare'; readonly index: number }
  | { readonly kind: 'batch'; readonly request: BatchRequest };

/** `bad` is what is wrong with the files of a sample. */
export type PrepareReply =
  | {
      readonly hashes: FileHashes;
      readonly look: ImageLook;
      readonly appearance?: Appearance;
      readonly mask?: PackedMask;
    }
  | { readonly bad: readonly PackedError[] };

/** `error` is what went wrong otherwise. */
export type LoaderReply = PrepareReply | { readonly batch: Batch } | { readonly error: PackedError };

const { samples, size, reading, labelling, slots } = workerData as LoaderSetup;
const imageLength = size.height * size.width * 3;

parentPort!.on('message', async (task: LoaderTask | 'close') => {
  // Not terminated from outside: that would tear the thread from under a running decoder.
  if (task === 'close') parentPort!.close();
  else if (task.kind === 'prepare') await answer(() => prepare(task.index));
  else await answer(() => batch(task.request));
});

async function answer(work: () => Promise<LoaderReply>): Promise<void> {
  const reply = await work().catch((error) => ({ error: packError(error) }));
  const tensors: Float32Array<ArrayBuffer>[] = 'batch' in reply ? Object.values(reply.batch) : [];
  parentPort!.postMessage(
    reply,
    tensors.map(({ buffer }) => buffer),
  );
}

async function prepare(index: number): Promise<LoaderReply> {
  const read = await readSample(samples[index], { size, reading, labelling });
  if (!('pixels' in read)) return { bad: read.map(packError) };
  const { image, mask } = read.pixels;
  const content = new Uint8Array(slots.bytes);
  content.set(image);
  if (mask) content.set(mask, imageLength);
  writeSlot(slots, index, content);
  const { hashes, look, appearance, mask: kept } = read;
  return { hashes, look, appearance, mask: kept };
}

async function batch(request: BatchRequest): Promise<LoaderReply> {
  const pixels = request.indices.map(pixelsOf);
  const stems = request.indices.map((index) => samples[index].stem);
  return { batch: assembleBatch(request, stems, pixels, size) };
}

function pixelsOf(index: number): Pixels {
  const content = readSlot(slots, index);
  const image = content.subarray(0, imageLength);
  return labelling ? { image, mask: content.subarray(imageLength) } : { image };
}
