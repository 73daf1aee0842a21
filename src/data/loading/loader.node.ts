import type { Size } from '../../core/size.ts';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { UserError } from '../../core/errors.ts';
import { type PackedError, unpackError } from '../../core/packed-error.ts';
import { WorkerPool } from '../../core/pool.node.ts';
import { startWorker } from '../../core/worker.node.ts';
import type { Fit, Place } from '../decode/fit.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { Fingerprint } from '../duplicates/clusters.ts';
import type { Sample } from '../folders/folder.node.ts';
import type { Unusable } from '../folders/unusable.ts';
import { type Labelling, type LabelMap, planesOf } from '../masks/labelling.ts';
import type { Vanishing } from '../masks/vanishing.ts';
import type { Batch, BatchRequest, TestSource, WholeSample } from './batch.ts';
import type { CropPlan } from './crop.ts';
import type { LoaderReply, LoaderSetup, LoaderTask, PrepareReply, Whole } from './loader.worker.node.ts';
import type { ImageLook } from './look.ts';
import { MaskStore } from './mask-store.node.ts';
import type { FileHashes } from './read.node.ts';
import { closeSlots, openSlots, type Slots } from './slots.node.ts';
import { readWhole, WholeStore } from './whole-store.node.ts';

export interface LoaderOptions {
  readonly samples: readonly Sample[];
  /** The network's input size. */
  readonly size: Size;
  readonly reading: PixelReading;
  /** What masks mean: then batches have masks, and every sample needs one. */
  readonly labelling?: Labelling;
  /** Samples keep their own size, times a scale, and batches are of random pieces of them. */
  readonly crop?: CropPlan;
  /** How others come into the network's size; default `stretch`. */
  readonly fit?: Fit;
  /** Where decoded images are kept for other processes, as `decodedFolder` says; not those that pieces are taken of. */
  readonly decodedIn?: string;
  /** Threads that decode and assemble, at least 1. */
  readonly workers: number;
  /** Memory for decoded samples and the masks at their own size; what does not fit lies in a temporary file. */
  readonly memoryBytes: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Samples at network size, ready to be made into batches by worker threads. A batch is a pure function of its
 * request: neither the number of workers nor their timing nor the memory changes a bit of it.
 */
export class Loader {
  /** In the order given, the unusable ones among them. */
  readonly samples: readonly Sample[];
  /** Of each sample's files, in the order of the samples; undefined for an unusable one. */
  readonly hashes: readonly (FileHashes | undefined)[];
  /** What each image is like; undefined for an unusable sample. */
  readonly looks: readonly (ImageLook | undefined)[];
  /** By what each image is compared with others; undefined for an unusable sample. */
  readonly fingerprints: readonly (Fingerprint | undefined)[];
  /** Samples with files that cannot be read or do not go together. */
  readonly unusable: readonly Unusable[];
  /** Where each image lies in the network's input; undefined for an unusable one. */
  readonly places: readonly (Place | undefined)[];
  /** What of each mask is lost at this size; undefined where there is none. */
  readonly vanishing: readonly (Vanishing | undefined)[];
  readonly #pool: WorkerPool<LoaderTask, LoaderReply>;
  readonly #slots: Slots;
  readonly #masks: MaskStore;
  readonly #wholes?: WholeStore;
  readonly #objects: readonly (Int32Array | undefined)[];

  private constructor(
    samples: readonly Sample[],
    replies: readonly PrepareReply[],
    pool: WorkerPool<LoaderTask, LoaderReply>,
    slots: Slots,
    { masks, wholes }: { readonly masks: MaskStore; readonly wholes?: WholeStore },
  ) {
    this.samples = samples;
    this.hashes = replies.map((reply) => ('hashes' in reply ? reply.hashes : undefined));
    this.looks = replies.map((reply) => ('hashes' in reply ? reply.look : undefined));
    this.fingerprints = replies.map((reply) =>
      'hashes' in reply ? { hash: reply.hashes.image, appearance: reply.appearance } : undefined,
    );
    this.places = replies.map((reply) => ('hashes' in reply ? reply.place : undefined));
    this.vanishing = replies.map((reply) => ('hashes' in reply ? reply.vanishing : undefined));
    this.unusable = replies.flatMap((reply, index) =>
      'hashes' in reply ? [] : [{ sample: samples[index], problems: reply.bad.map(unpackUserError) }],
    );
    this.#pool = pool;
    this.#slots = slots;
    this.#masks = masks;
    this.#wholes = wholes;
    this.#objects = replies.map((reply) => ('hashes' in reply ? reply.objects : undefined));
  }

  /**
   * Reads and decodes every file, once: what becomes of the files afterwards does not matter.
   * @throws UserError if decoded samples fit neither into the memory nor on the disk
   */
  static async open(options: LoaderOptions): Promise<Loader> {
    const { samples, size, reading, labelling, crop, fit, workers, memoryBytes, onProgress, decodedIn } =
      options;
    const bytes = 3 + (labelling ? planesOf(labelling) : fit === 'pad' ? 1 : 0);
    const slots = openSlots(crop ? 0 : samples.length, size.height * size.width * bytes, memoryBytes);
    // Pieces are taken of images again and again, masks at their own size are scored now and then.
    const wholes = crop && new WholeStore(memoryBytes * MOSTLY);
    const left = crop ? memoryBytes * (1 - MOSTLY) : memoryBytes - slots.memory.length * slots.bytes;
    const kept = new MaskStore(left);
    const stems = samples.map(({ stem }) => stem);
    const setup: LoaderSetup = { stems, size, reading, labelling, slots, crop, fit, decodedIn };
    const url = new URL('./loader.worker.node.ts', import.meta.url);
    const pool = new WorkerPool<LoaderTask, LoaderReply>(
      Array.from({ length: Math.max(1, workers) }, () => startWorker(url, setup)),
    );
    let done = 0;
    const prepare = async (index: number): Promise<PrepareReply> => {
      const reply = await pool.run({ kind: 'prepare', index, sample: samples[index] });
      if ('error' in reply) throw unpackError(reply.error);
      if ('batch' in reply) throw new Error('unexpected reply of a loader thread');
      onProgress?.(++done, samples.length);
      if (!('hashes' in reply)) return reply;
      const { mask, whole, ...told } = reply;
      if (mask) kept.set(index, mask);
      if (whole) wholes!.set(index, whole);
      return told;
    };
    try {
      const replies = await Promise.all(samples.map((_, index) => prepare(index)));
      return new Loader(samples, replies, pool, slots, { masks: kept, wholes });
    } catch (error) {
      await pool.close();
      closeSlots(slots);
      kept.close();
      wholes?.close();
      throw error;
    }
  }

  /**
   * Assembles a batch in a worker. Its tensors are the caller's own.
   * @throws RangeError if there is no such sample, or it is unusable
   */
  async batch(request: BatchRequest): Promise<Batch> {
    for (const index of request.indices) {
      if (!this.hashes[index]) throw new RangeError(`no usable sample ${index} of ${this.samples.length}`);
    }
    const wholes = this.#wholes && request.indices.map((index) => this.#stored(index));
    const reply = await this.#pool.run({ kind: 'batch', request, wholes });
    if ('batch' in reply) return reply.batch;
    throw 'error' in reply ? unpackError(reply.error) : new Error('unexpected reply of a loader thread');
  }

  /**
   * A sample's mask at its own size, as it was when it was loaded.
   * @throws RangeError if masks were not loaded, or there is no such sample, or it is unusable
   */
  nativeMask(index: number): LabelMap {
    return this.#masks.get(index);
  }

  /** Where batches are of pieces: gives samples at the scale that pieces are taken at. */
  get whole(): TestSource['whole'] {
    return this.#wholes && ((index) => this.#whole(index));
  }

  #stored(index: number): Whole {
    return { stored: this.#wholes!.get(index), objects: this.#objects[index] };
  }

  #whole(index: number): WholeSample {
    const { image, mask, own } = readWhole(this.#wholes!.get(index));
    const area = own.height * own.width;
    return {
      image: { ...own, channels: 3, data: image },
      ...(mask && { mask: { ...own, planes: mask.length / area, data: mask } }),
    };
  }

  /** Ends the threads when the batches under way are done. */
  async close(): Promise<void> {
    await this.#pool.close();
    closeSlots(this.#slots);
    this.#masks.close();
    this.#wholes?.close();
  }
}

/** The share of the memory that is for images of which pieces are taken. */
const MOSTLY = 0.9;

function unpackUserError(packed: PackedError): UserError {
  const error = unpackError(packed);
  if (error instanceof UserError) return error;
  throw error;
}
