import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { loadEncoder } from '../encoders/session.ts';
import { type Batches, encoderGraph, tapShapes } from '../nn/features.ts';
import { AVERAGE_PREFIX, evaluationGraph } from '../nn/step-graph.ts';
import type { Engine, Session } from '../runtime/engine.ts';
import { type Network, padBatch } from './predictor.ts';

/** What the encoder makes of images: of each tap the values of all images, one after another. */
export type Taps = readonly Float32Array[];

/** What of an engine's state is taken in place of a network's weights. */
export type LiveState = 'weights' | 'averages';

/** A network in two halves, so that what passes from the encoder to the decoder can be looked at and changed. */
export class SplitPredictor {
  readonly #encoder: Session;
  readonly #decoder: Session;
  /** Of the taps, by name. */
  readonly #shapes: readonly (readonly [string, readonly number[]])[];
  /** Values of each tap of one image. */
  readonly tapLengths: readonly number[];

  private constructor(
    readonly network: Network,
    /** Images at once, at most. */
    readonly batch: number,
    encoder: Session,
    decoder: Session,
  ) {
    const { size, architecture } = network;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#shapes = [...tapShapes(architecture.encoder, { ...size, batch })];
    this.tapLengths = this.#shapes.map(([, shape]) => sizeOf(shape) / batch);
  }

  /**
   * The engine's owner closes it.
   *
   * @param options.state what of the engine's state is taken in place of the network's weights
   */
  static async load(
    engine: Engine,
    network: Network,
    { batch, state }: { readonly batch: number; readonly state?: LiveState },
  ): Promise<SplitPredictor> {
    const { architecture, weights, size } = network;
    const taken = state ? { averaged: state === 'averages' } : { weights };
    const first = await loadFirst(engine, network, { ...size, batch }, state);
    const second = await engine.load(evaluationGraph(architecture, undefined, { ...size, batch, ...taken }));
    return new SplitPredictor(network, batch, first, second);
  }

  /** @param images [n, 3, H, W] in [-1, 1], n at most the batch */
  async encode(images: Float32Array): Promise<Taps> {
    const { height, width } = this.network.size;
    const shape = [this.batch, 3, height, width];
    const count = images.length / (3 * height * width);
    const found = await this.#encoder.run({ image: { shape, data: padBatch(images, sizeOf(shape)) } });
    return this.#shapes.map(([name], i) => found[name].data.subarray(0, count * this.tapLengths[i]));
  }

  /** @returns [n, outputs, H, W]: probabilities of a mask, or images in [-1, 1] and beyond */
  async decode(taps: Taps): Promise<Float32Array> {
    const { size, architecture } = this.network;
    const count = taps[0].length / this.tapLengths[0];
    const { output } = await this.#decoder.run(this.fed(taps));
    return output.data.subarray(0, count * architecture.head.channels * size.height * size.width);
  }

  /** What a graph that begins with the taps is fed of them. */
  fed(taps: Taps): Record<string, Tensor> {
    return Object.fromEntries(
      this.#shapes.map(([name, shape], i) => [name, { shape, data: padBatch(taps[i], sizeOf(shape)) }]),
    );
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#decoder.release();
  }
}

/** The encoder, with those of its weights from the state that are trained there. */
function loadFirst(
  engine: Engine,
  { architecture, encoder }: Network,
  batches: Batches,
  state: LiveState | undefined,
): Promise<Session> {
  const { trained } = architecture;
  if (!state || !trained?.size) return loadEncoder(engine, architecture.encoder, encoder, batches);
  const inputPrefix = state === 'averages' ? AVERAGE_PREFIX : '';
  return engine.load(encoderGraph(architecture.encoder, encoder, batches, { trained, inputPrefix }));
}
