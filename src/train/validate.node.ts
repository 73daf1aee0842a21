import { mean } from '../core/mean.ts';
import { sizeOf } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import { type BatchRequest, type BatchSource, imageRequest } from '../data/loading/batch.ts';
import { loadWithEncoder } from '../encoders/session.node.ts';
import { batches, padBatch } from '../eval/predictor.node.ts';
import type { Architecture } from '../nn/model.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import type { Objective, Scores } from '../objectives/objective.ts';
import type { Engine, Session } from '../runtime/engine.node.ts';
import type { TapsOf } from './features.node.ts';

/** What is measured after an epoch: the loss and the objective's scores, as `val_<name>`. */
export type ValidationScores = Readonly<Record<string, number>> & { readonly val_loss: number };

export interface ValidationPlan {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly size: Size;
  readonly batch: number;
  readonly objective: Objective;
  /** Whether the averages of the weights are measured. */
  readonly average?: number;
}

/** All of them are validated on. */
type ValidatedImages = BatchSource & { readonly samples: readonly unknown[] };

/** Measures the network in evaluation mode on the state of a running engine, so that no weights are moved. */
export class Validation {
  readonly #plan: ValidationPlan;
  readonly #source: ValidatedImages;
  readonly #batch: number;
  readonly #taps: TapsOf | undefined;
  #session: Session | undefined;

  /**
   * @param taps makes the encoder's taps of a batch; without it the encoder is part of the network
   */
  constructor(plan: ValidationPlan, source: ValidatedImages, taps?: TapsOf) {
    this.#plan = plan;
    this.#source = source;
    this.#taps = taps;
    this.#batch = Math.min(plan.batch, source.samples.length);
  }

  async measure(engine: Engine): Promise<ValidationScores> {
    const { architecture, encoder, size, objective, average } = this.#plan;
    const { loss, weighted, pretext } = objective;
    const batch = this.#batch;
    const area = size.height * size.width;
    const averaged = !!average;
    this.#session ??= await loadWithEncoder(
      engine,
      evaluationGraph(architecture, this.#taps ? undefined : encoder, {
        ...{ ...size, batch, loss, weighted, averaged },
      }),
      architecture.encoder,
      { ...size, batch },
    );
    const images: Scores[] = [];
    let lossSum = 0;
    const count = this.#source.samples.length;
    for (const positions of batches(count, batch)) {
      const request: BatchRequest = { ...imageRequest(positions), pretext };
      const loaded = await this.#source.batch(request);
      const { input } = loaded;
      const target = objective.target(loaded, positions.length);
      const weight = objective.weighted ? objective.weight!(loaded, positions.length) : undefined;
      const { output, loss: measured } = await this.#session.run({
        ...(this.#taps ? await this.#taps(engine, request, input, batch) : { image: this.#padded(input, 3) }),
        target: this.#padded(target, architecture.head.channels),
        weight: weight ? this.#padded(weight, 1) : this.#counted(positions.length),
      });
      lossSum += measured.data[0] * positions.length;
      for (const i of positions.keys()) {
        const part = (values: Float32Array, channels: number) =>
          values.subarray(i * channels * area, (i + 1) * channels * area);
        const [found, wanted] = [output.data, target].map((values) =>
          part(values, architecture.head.channels),
        );
        images.push(objective.scores(found, wanted, weight && part(weight, 1)));
      }
    }
    const means = Object.keys(images[0]).map((key) => [
      `val_${key}`,
      mean(images.map((scores) => scores[key])),
    ]);
    return { val_loss: lossSum / count, ...Object.fromEntries(means) };
  }

  #padded(values: Float32Array, channels: number): Tensor {
    const { height, width } = this.#plan.size;
    const shape = [this.#batch, channels, height, width];
    return { shape, data: padBatch(values, sizeOf(shape)) };
  }

  #counted(count: number): Tensor {
    const data = Float32Array.from({ length: this.#batch }, (_, i) => (i < count ? 1 : 0));
    return { shape: [this.#batch, 1, 1, 1], data };
  }
}
