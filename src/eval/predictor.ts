import type { Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { loadWithEncoder } from '../encoders/session.ts';
import type { Architecture } from '../nn/model.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import type { Engine, Session } from '../runtime/engine.ts';

/** A network as it is used: weights and frozen encoder. */
export interface Network {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly weights: Tensors;
  /** Of its input. */
  readonly size: Size;
}

/** A trained network that is applied to images by an engine. */
export class Predictor {
  readonly #session: Session;

  private constructor(
    readonly network: Network,
    readonly batch: number,
    session: Session,
  ) {
    this.#session = session;
  }

  /**
   * The engine's owner closes it.
   *
   * @param options.features whether it gives features of images, too
   */
  static async load(
    engine: Engine,
    network: Network,
    options: { readonly batch: number; readonly features?: boolean },
  ): Promise<Predictor> {
    const { architecture, encoder, weights, size } = network;
    const { batch } = options;
    const batches = { ...size, batch };
    const model = evaluationGraph(architecture, encoder, { ...size, ...options, weights });
    return new Predictor(network, batch, await loadWithEncoder(engine, model, architecture.encoder, batches));
  }

  /**
   * @param images [n, 3, H, W] in [-1, 1], n at most the batch
   * @returns n outputs [outputs, H, W]: probabilities of a mask, or images in [-1, 1]; and, where they were asked for, the features of
   *   each image, [channels]: the mean of the deepest tap over its positions
   */
  async run(
    images: Float32Array,
  ): Promise<{ readonly outputs: Float32Array[]; readonly features?: Float32Array[] }> {
    const { size, batch, architecture } = { ...this.network, batch: this.batch };
    const area = size.height * size.width;
    const count = images.length / (3 * area);
    const data = padBatch(images, batch * 3 * area);
    const { output, features } = await this.#session.run({
      image: { shape: [batch, 3, size.height, size.width], data },
    });
    const each = (values: Float32Array, length: number) =>
      Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length));
    return {
      outputs: each(output.data, architecture.head.channels * area),
      ...(features && { features: each(features.data, features.shape[1]) }),
    };
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** A copy filled up with zeros: models have one batch size. */
export function padBatch(values: Float32Array, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}

/** Positions 0..count-1 in groups of at most `size`. */
export function batches(count: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, b) =>
    Array.from({ length: Math.min(size, count - b * size) }, (_, i) => b * size + i),
  );
}
