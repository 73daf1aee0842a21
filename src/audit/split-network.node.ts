import { sizeOf } from '../core/shape.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { loadEncoder } from '../encoders/session.ts';
import { type Network, padBatch } from '../eval/predictor.ts';
import { tapShapes } from '../nn/features.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import { Engine, type Session } from '../runtime/engine.node.ts';
import { levelGraph } from './measures/levels.ts';
import { type ReceptiveField, receptiveField, receptiveFieldGraph } from './measures/receptive-field.ts';
import { type Path, pathsOf } from './paths.ts';

/** What the encoder makes of images: of each tap the values of all images, one after another. */
export type Taps = readonly Float32Array[];

/** What a level of the decoder makes of images: [n, C, h, w]. */
export interface LevelFeatures {
  readonly name: string;
  readonly stride: number;
  readonly channels: number;
  readonly values: Float32Array;
}

/** Batches have about as many pixels as 8 images of 128 x 128, which bounds the memory at any size. */
const PIXELS = 8 * 128 * 128;

/** A network in two halves, so that what passes from the encoder to the decoder can be looked at and changed. */
export class SplitNetwork {
  readonly #engine: Engine;
  readonly #encoder: Session;
  readonly #decoder: Session;
  /** Values of each tap of one image. */
  readonly tapLengths: readonly number[];

  private constructor(
    readonly network: Network,
    /** Images at once, at most. */
    readonly batch: number,
    engine: Engine,
    encoder: Session,
    decoder: Session,
  ) {
    this.#engine = engine;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.tapLengths = Array.from(
      tapShapes(network.architecture.encoder, { ...network.size, batch: 1 }).values(),
      sizeOf,
    );
  }

  /** @param images how many there will be */
  static async open(
    network: Network,
    { images, threads }: { readonly images: number; readonly threads: number },
  ): Promise<SplitNetwork> {
    const { architecture, encoder, weights, size } = network;
    const most = Math.max(1, Math.min(16, Math.floor(PIXELS / (size.height * size.width))));
    const batch = Math.min(images, most);
    const engine = new Engine({ threads });
    try {
      const first = await loadEncoder(engine, architecture.encoder, encoder, { ...size, batch });
      const second = await engine.load(evaluationGraph(architecture, undefined, { ...size, batch, weights }));
      return new SplitNetwork(network, batch, engine, first, second);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** From the encoder into the decoder. */
  get paths(): readonly Path[] {
    return pathsOf(this.network.architecture.encoder);
  }

  /** @param images [n, 3, H, W] in [-1, 1], n at most the batch */
  async encode(images: Float32Array): Promise<Taps> {
    const { height, width } = this.network.size;
    const shape = [this.batch, 3, height, width];
    const count = images.length / (3 * height * width);
    const found = await this.#encoder.run({ image: { shape, data: padBatch(images, sizeOf(shape)) } });
    return this.network.architecture.encoder.taps.map(({ name }, i) =>
      found[name].data.subarray(0, count * this.tapLengths[i]),
    );
  }

  /** @returns [n, outputs, H, W]: probabilities of a mask, or images in [-1, 1] and beyond */
  async decode(taps: Taps): Promise<Float32Array> {
    const { size, architecture } = this.network;
    const count = taps[0].length / this.tapLengths[0];
    const { output } = await this.#decoder.run(this.#fed(taps));
    return output.data.subarray(0, count * architecture.head.channels * size.height * size.width);
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
        const found = await session.run(this.#fed(taps));
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

  #fed(taps: Taps): Record<string, Tensor> {
    const shapes = [
      ...tapShapes(this.network.architecture.encoder, { ...this.network.size, batch: this.batch }),
    ];
    return Object.fromEntries(
      shapes.map(([name, shape], i) => [name, { shape, data: padBatch(taps[i], sizeOf(shape)) }]),
    );
  }
}
