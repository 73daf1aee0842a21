import { sizeOf } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import { symmetryOf } from '../data/loading/geometry.ts';
import { closeSlots, openSlots, readSlot, type Slots, writeSlot } from '../data/loading/slots.node.ts';
import { symmetries } from '../data/loading/symmetry.ts';
import { loadEncoder } from '../encoders/session.ts';
import type { Encoder } from '../nn/encoder.ts';
import { tapShapes } from '../nn/features.ts';
import type { Engine, Session } from '../runtime/engine.ts';
import { type FeaturePlan, featureLength } from './feature-plan.ts';
import type { LoadedSamples } from './images.node.ts';

/** Makes what a graph without encoder is fed instead of `image`: the taps of a batch. */
export type TapsOf = (
  engine: Engine,
  request: BatchRequest,
  /** [n, 3, H, W] as the request asks for it. */
  input: Float32Array,
  /** Images in the taps, at least n; zeros beyond n. */
  batch: number,
) => Promise<Record<string, Tensor>>;

/** What features are kept of. */
export interface FeatureParts {
  readonly encoder: Encoder;
  /** The encoder's. */
  readonly weights: Tensors;
  readonly size: Size;
  readonly plan: FeaturePlan;
  readonly train: LoadedSamples;
  readonly validation?: LoadedSamples;
  /** Where features are kept in memory: how much of it; those beyond lie on the disk. */
  readonly memoryBytes: number;
}

/**
 * The frozen encoder's taps of images that come again, computed once each. An image is encoded by itself: what comes of
 * it is the same bits whichever batch it is in.
 */
export class Features {
  readonly #encoder: Encoder;
  readonly #weights: Tensors;
  readonly #size: Size;
  readonly #slots: Slots;
  /** Whether a slot is filled. */
  readonly #filled: Uint8Array;
  /** In the one engine of the run. */
  #session: Promise<Session> | undefined;
  /** Of training and validation, if they are kept. */
  readonly training?: TapsOf;
  readonly validation?: TapsOf;

  private constructor(slots: Slots, count: number, parts: FeatureParts) {
    const { encoder, weights, size } = parts;
    this.#encoder = encoder;
    this.#weights = weights;
    this.#size = size;
    this.#slots = slots;
    this.#filled = new Uint8Array(count);
    const { plan, train, validation } = parts;
    if (plan.trainingViews > 0) this.training = this.#part(train, plan.trainingViews, 0);
    if (plan.validation && validation)
      this.validation = this.#part(validation, 1, train.samples.length * plan.trainingViews);
  }

  /** @throws UserError if features are to lie on a disk that has no room for them */
  static async open(parts: FeatureParts): Promise<Features> {
    const { encoder, size, plan, train, validation, memoryBytes } = parts;
    const count =
      train.samples.length * plan.trainingViews + (plan.validation ? (validation?.samples.length ?? 0) : 0);
    const bytes = 4 * featureLength(encoder, size);
    const slots = openSlots(count, bytes, plan.where === 'disk' ? 0 : memoryBytes, {
      name: 'features',
      instead: 'set --cache-features off',
    });
    return new Features(slots, count, parts);
  }

  close(): void {
    closeSlots(this.#slots);
  }

  /** @param first the slot of the first view of the first sample */
  #part({ samples }: LoadedSamples, views: number, first: number): TapsOf {
    return (engine, request, input, batch) => {
      const places = request.indices.map((index) => {
        const symmetry = symmetries.indexOf(symmetryOf(request, samples[index].stem, this.#size));
        return first + index * views + symmetry;
      });
      return this.#taps(engine, places, input, batch);
    };
  }

  async #taps(engine: Engine, places: readonly number[], input: Float32Array, batch: number) {
    const shapes = tapShapes(this.#encoder, { ...this.#size, batch });
    const taps = Object.fromEntries(
      Array.from(shapes, ([name, shape]) => [name, { shape, data: new Float32Array(sizeOf(shape)) }]),
    );
    const put = (i: number) => {
      const slot = readSlot(this.#slots, places[i]);
      let start = slot.byteOffset;
      for (const { data } of Object.values(taps)) {
        const each = data.length / batch;
        data.set(new Float32Array(slot.buffer, start, each), i * each);
        start += 4 * each;
      }
    };
    const missing = [...places.keys()].filter((i) => !this.#filled[places[i]]);
    const encoding = Promise.all(missing.map((i) => this.#encode(engine, input, i, places[i])));
    const known = [...places.keys()].filter((i) => this.#filled[places[i]]);
    // While the engine is busy with the missing ones, or with the step before.
    const copying = (async () => known.forEach(put))();
    await Promise.all([encoding, copying]);
    missing.forEach(put);
    return taps;
  }

  /** Encodes image i of a batch into a slot. */
  async #encode(engine: Engine, input: Float32Array, i: number, place: number): Promise<void> {
    const { height, width } = this.#size;
    this.#session ??= loadEncoder(engine, this.#encoder, this.#weights, { ...this.#size, batch: 1 });
    const session = await this.#session;
    const each = 3 * height * width;
    const data = input.slice(i * each, (i + 1) * each);
    const taps = await session.run({ image: { shape: [1, 3, height, width], data } });
    const content = new Float32Array(this.#slots.bytes / 4);
    let start = 0;
    for (const name of tapShapes(this.#encoder, { ...this.#size, batch: 1 }).keys()) {
      content.set(taps[name].data, start);
      start += taps[name].data.length;
    }
    writeSlot(this.#slots, place, new Uint8Array(content.buffer));
    this.#filled[place] = 1;
  }
}
