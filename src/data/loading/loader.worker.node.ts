import { parentPort, workerData } from 'node:worker_threads';
import { type PackedError, packError } from '../../core/packed-error.ts';
import type { Size } from '../../core/size.ts';
import type { Fit } from '../decode/fit.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { Sample } from '../folders/folder.node.ts';
import type { Labelling } from '../masks/labelling.ts';
import { assembleBatch, type Batch, type BatchRequest } from './batch.ts';
import type { CropPlan } from './crop.ts';
import type { Pixels } from './pixels.ts';
import { type FileHashes, type ReadSample, readSample } from './read.node.ts';
import { readSlot, type Slots, writeSlot } from './slots.node.ts';
import { readWhole, type StoredWhole, type WholeBytes, wholeBytes } from './whole-store.node.ts';

/** What the worker is started with. */
export interface LoaderSetup {
  readonly stems: readonly string[];
  readonly size: Size;
  readonly reading: PixelReading;
  /** What masks mean, where they are read. */
  readonly labelling?: Labelling;
  /** Pixels of the samples: image, then mask. Unused with `crop`. */
  readonly slots: Slots;
  /** Where batches are of pieces of samples. */
  readonly crop?: CropPlan;
  /** How the others come into the network's size. */
  readonly fit?: Fit;
  /** Where decoded images are kept for other processes. */
  readonly decodedIn?: string;
}

/** Read, hash and keep a sample, or assemble a batch. */
export type LoaderTask =
  | { readonly kind: 'prepare'; readonly index: number; readonly sample: Sample }
  | {
      readonly kind: 'batch';
      readonly request: BatchRequest;
      /** Where batches are of pieces: the samples, in the order of the request. */
      readonly wholes?: readonly Whole[];
    };

/** A sample that pieces are taken of, and pixels of its objects. */
export interface Whole {
  readonly stored: StoredWhole;
  readonly objects?: Int32Array;
}

/** `bad` is what is wrong with the files of a sample. */
export type PrepareReply =
  | ({ readonly hashes: FileHashes; readonly whole?: WholeBytes } & Omit<ReadSample, 'pixels' | 'size'>)
  | { readonly bad: readonly PackedError[] };

/** `error` is what went wrong otherwise. */
export type LoaderReply = PrepareReply | { readonly batch: Batch } | { readonly error: PackedError };

const { stems, size, reading, labelling, slots, crop, fit, decodedIn } = workerData as LoaderSetup;
const imageLength = size.height * size.width * 3;

parentPort!.on('message', async (task: LoaderTask | 'close') => {
  // Not terminated from outside: that would tear the thread from under a running decoder.
  if (task === 'close') parentPort!.close();
  else if (task.kind === 'prepare') await answer(() => prepare(task));
  else await answer(() => batch(task.request, task.wholes));
});

async function answer(work: () => Promise<LoaderReply>): Promise<void> {
  const reply = await work().catch((error) => ({ error: packError(error) }));
  const tensors: Float32Array<ArrayBuffer>[] = 'batch' in reply ? Object.values(reply.batch) : [];
  parentPort!.postMessage(
    reply,
    tensors.map(({ buffer }) => buffer),
  );
}

async function prepare({ index, sample }: Extract<LoaderTask, { kind: 'prepare' }>): Promise<LoaderReply> {
  const read = await readSample(sample, { size, reading, labelling, crop, fit, decodedIn });
  if (!('pixels' in read)) return { bad: read.map(packError) };
  const { pixels, size: own, ...told } = read;
  const { image, mask } = pixels;
  if (crop) return { ...told, whole: wholeBytes(pixels, own) };
  const content = new Uint8Array(slots.bytes);
  content.set(image);
  if (mask) content.set(mask, imageLength);
  writeSlot(slots, index, content);
  return told;
}

async function batch(request: BatchRequest, wholes?: readonly Whole[]): Promise<LoaderReply> {
  const pixels = wholes
    ? wholes.map(({ stored, objects }): Pixels => ({ ...readWhole(stored), objects }))
    : request.indices.map(pixelsOf);
  const named = request.indices.map((index) => stems[index]);
  return { batch: assembleBatch({ cropObjects: crop?.objects, ...request }, named, pixels, size) };
}

function pixelsOf(index: number): Pixels {
  const content = readSlot(slots, index);
  const image = content.subarray(0, imageLength);
  return content.length > imageLength ? { image, mask: content.subarray(imageLength) } : { image };
}
