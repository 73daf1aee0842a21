import { sizeOf } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { type Network, padBatch } from '../eval/predictor.ts';
import { SplitPredictor, type Taps } from '../eval/split-predictor.ts';
import { Engine } from '../runtime/engine.node.ts';
import { levelGraph } from './measures/levels.ts';
import { type ReceptiveField, receptiveField, receptiveFieldGraph } from './measures/receptive-field.ts';
import { type Path, pathsOf } from './paths.ts';

/** What a level of the decoder makes of images: [n, C, h, w]. */
export interface LevelFeatures {
  readonly name: string;
  readonly stride: number;
  readonly channels: number;
  readonly values: Float32Array;
}

/** Batches have about as many pixels as 8 images of 128 x 128, which bounds the memory at any size. */
const PIXELS = 8 * 128 * 128;

/** A network in two halves, with what an audit asks of them. */
export class SplitNetwork {
  readonly #engine: Engine;
  readonly #halves: SplitPredictor;

  readonly #signal: AbortSignal | undefined;

  private constructor(engine: Engine, halves: SplitPredictor, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#halves = halves;
    this.#signal = signal;
  }

  /**
   * @param images how many there will be
   * @param signal once it says so, no more batches are run: that throws its reason
   */
  static async open(
    network: Network,
    {
      images,
      threads,
      signal,
    }: { readonly images: number; readonly threads: number; readonly signal?: AbortSignal },
  ): Promise<SplitNetwork> {
    const { size } = network;
    const most = Math.max(1, Math.min(16, Math.floor(PIXELS / (size.height * size.width))));
    const engine = new Engine({ threads });
    try {
      const halves = await SplitPredictor.load(engine, network, { batch: Math.min(images, most) });
      return new SplitNetwork(engine, halves, signal);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get network(): Network {
    return this.#halves.network;
  }

  /** Images at once, at most. */
  get batch(): number {
    return this.#halves.batch;
  }

  /** From the encoder into the decoder. */
  get paths(): readonly Path[] {
    return pathsOf(this.network.architecture.encoder);
  }

  /** Values of each tap of one image. */
  get tapLengths(): readonly number[] {
    return this.#halves.tapLengths;
  }

  /** As `SplitPredictor.encode`. */
  async encode(images: Float32Array): Promise<Taps> {
    this.#signal?.throwIfAborted();
    return this.#halves.encode(images);
  }

  /** As `SplitPredictor.decode`. */
  async decode(taps: Taps): Promise<Float32Array> {
    this.#signal?.throwIfAborted();
    return this.#halves.decode(taps);
  }

  /** Both halves, one after the other. */
  async run(images: Float32Array): Promise<Float32Array> {
    return this.decode(await this.encode(images));
  }

  /**
   * From how far away the middle of the outputs depends on images, [n, 3, H, W]; undefined where the encoder is a model of
   * its own, which has no gradient.
   */
  async receptiveField(images: Float32Array): Promise<ReceptiveField | undefined> {
    const { architecture, encoder, weights, size } = this.network;
    if (architecture.encoder.model) return undefined;
    const shape = [this.batch, 3, size.height, size.width];
    const graph = receptiveFieldGraph(architecture, encoder, { ...size, batch: this.batch, weights });
    const session = await this.#engine.load(graph);
    const { gradient } = await session.run({ image: { shape, data: padBatch(images, sizeOf(shape)) } });
    await session.release();
    return receptiveField(gradient.data.subarray(0, images.length), size);
  }

  /**
   * The levels of a decoder, deep to shallow, with these weights or others of the same shapes; `run` takes taps as `decode`
   * does.
   */
  async levels(weights: Tensors): Promise<{
    readonly levels: readonly Omit<LevelFeatures, 'values'>[];
    run(taps: Taps): Promise<LevelFeatures[]>;
  }> {
    const { size, architecture } = this.network;
    const { batch } = this;
    const program = levelGraph(architecture, { ...size, batch, weights });
    const levels = Object.entries(program.outputs).map(([name, { shape }]) => ({
      name,
      channels: shape[1],
      stride: size.height / shape[2],
    }));
    const session = await this.#engine.load(program);
    return {
      levels,
      run: async (taps) => {
        const found = await session.run(this.#halves.fed(taps));
        const images = taps[0].length / this.tapLengths[0];
        return levels.map((level) => {
          const { data } = found[level.name];
          return { ...level, values: data.subarray(0, (images * data.length) / batch) };
        });
      },
    };
  }

  /** One tap of the i-th image, [C, h, w]. */
  tapOf(taps: Taps, path: number, i: number): Tensor {
    const length = this.tapLengths[path];
    const { channels, stride } = this.network.architecture.encoder.taps[path];
    const { height, width } = this.network.size;
    return {
      shape: [channels, height / stride, width / stride],
      data: taps[path].subarray(i * length, (i + 1) * length),
    };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
