import type { Tensor, Tensors } from '../core/tensor.ts';
import { type BatchRequest, type BatchSource, imageRequest } from '../data/batch.ts';
import type { Pretext } from '../data/corrupt.ts';
import type { Size } from '../data/resize.ts';
import { clippedMse, mean, overlap, psnr } from '../eval/metrics.ts';
import { batches, padBatch } from '../eval/predictor.node.ts';
import type { Loss } from '../nn/losses.ts';
import type { Architecture } from '../nn/model.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import type { Engine, Session } from '../runtime/engine.node.ts';

/** What is measured after an epoch. Of a mask Dice and IoU, of an image MSE and PSNR. */
export type ValidationScores = Readonly<Record<string, number>> & { readonly val_loss: number };

export interface ValidationPlan {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly size: Size;
  readonly batch: number;
  readonly loss: Loss;
  readonly pretext?: Pretext;
}

/** Measures the network in evaluation mode on the state of a running engine, so that no weights are moved. */
export class Validation {
  readonly #plan: ValidationPlan;
  readonly #source: BatchSource;
  readonly #indices: readonly number[];
  readonly #batch: number;
  #session: Session | undefined;

  /** @param indices the samples of `source` to validate on */
  constructor(plan: ValidationPlan, source: BatchSource, indices: readonly number[]) {
    this.#plan = plan;
    this.#source = source;
    this.#indices = indices;
    this.#batch = Math.min(plan.batch, indices.length);
  }

  async measure(engine: Engine): Promise<ValidationScores> {
    const { architecture, encoder, size, loss, pretext } = this.#plan;
    const batch = this.#batch;
    this.#session ??= await engine.load(evaluationGraph(architecture, encoder, { ...size, batch, loss }));
    const images: Record<string, number>[] = [];
    let lossSum = 0;
    for (const positions of batches(this.#indices.length, batch)) {
      const request: BatchRequest = {
        ...imageRequest(positions.map((position) => this.#indices[position])),
        pretext,
      };
      const { input, image, mask } = await this.#source.batch(request);
      const target = pretext ? image! : mask!;
      const { output, loss: measured } = await this.#session.run(
        this.#feeds(input, target, positions.length),
      );
      lossSum += measured.data[0] * positions.length;
      const each = target.length / positions.length;
      for (const i of positions.keys()) {
        const part = (values: Float32Array) => values.subarray(i * each, (i + 1) * each);
        images.push(
          pretext ? scoreImage(part(output.data), part(target)) : scoreMask(part(output.data), part(target)),
        );
      }
    }
    const means = Object.keys(images[0]).map((key) => [key, mean(images.map((scores) => scores[key]))]);
    return { val_loss: lossSum / this.#indices.length, ...Object.fromEntries(means) };
  }

  #feeds(input: Float32Array, target: Float32Array, count: number): Record<string, Tensor> {
    const { height, width } = this.#plan.size;
    const batch = this.#batch;
    const padded = (values: Float32Array, channels: number): Tensor => {
      const shape = [batch, channels, height, width];
      return { shape, data: padBatch(values, batch * channels * height * width) };
    };
    const counted = Float32Array.from({ length: batch }, (_, i) => (i < count ? 1 : 0));
    return {
      image: padded(input, 3),
      target: padded(target, this.#plan.architecture.outputs),
      counted: { shape: [batch, 1, 1, 1], data: counted },
    };
  }
}

function scoreMask(output: Float32Array, target: Float32Array): Record<string, number> {
  const { dice, iou } = overlap(output, target);
  return { val_dice: dice, val_iou: iou };
}

function scoreImage(output: Float32Array, target: Float32Array): Record<string, number> {
  const mse = clippedMse(output, target);
  return { val_mse: mse, val_psnr: psnr(mse) };
}
