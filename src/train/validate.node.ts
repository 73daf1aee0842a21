import { mean } from '../core/mean.ts';
import { partOf } from '../core/parts.ts';
import { sizeOf } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import type { Image } from '../data/decode/resize.ts';
import { type Batch, type BatchRequest, imageRequest } from '../data/loading/batch.ts';
import { normalised } from '../data/loading/pixels.ts';
import type { LabelMap } from '../data/masks/labelling.ts';
import { loadWithEncoder } from '../encoders/session.ts';
import { batches, padBatch } from '../eval/predictor.ts';
import { blendedBands, inOneStripe, wholeOutput } from '../eval/tiled.ts';
import { tilingOf } from '../eval/tiles.ts';
import { strideOf } from '../nn/encoder.ts';
import type { Architecture } from '../nn/model.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import type { Objective, Scores } from '../objectives/objective.ts';
import type { Engine, Session } from '../runtime/engine.ts';
import type { TapsOf } from './features.node.ts';
import type { LoadedSamples } from './images.node.ts';

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

/** The losses of batches, with how many images or tiles they had, and the scores of images. */
interface Measured {
  readonly losses: { readonly loss: number; readonly count: number }[];
  readonly images: Scores[];
}

/** All of them are validated on. */
type ValidatedImages = Pick<LoadedSamples, 'batch' | 'whole'> & { readonly samples: readonly unknown[] };

/** Measures the network in evaluation mode on the state of a running engine, so that no weights are moved. */
export class Validation {
  readonly #plan: ValidationPlan;
  readonly #source: ValidatedImages;
  readonly #batch: number;
  readonly #taps: TapsOf | undefined;
  /** Of images in pieces; what a pretext task makes of an image is measured on one piece of each. */
  readonly #whole: ValidatedImages['whole'];
  #session: Session | undefined;

  /**
   * @param taps makes the encoder's taps of a batch; without it the encoder is part of the network
   */
  constructor(plan: ValidationPlan, source: ValidatedImages, taps?: TapsOf) {
    this.#plan = plan;
    this.#source = source;
    this.#taps = taps;
    this.#whole = plan.objective.pretext ? undefined : source.whole;
    // Of an image in pieces there are more tiles than images.
    this.#batch = this.#whole ? plan.batch : Math.min(plan.batch, source.samples.length);
  }

  async measure(engine: Engine): Promise<ValidationScores> {
    await this.#open(engine);
    const { losses, images } = this.#whole
      ? await this.#tiled(engine, this.#whole)
      : await this.#resized(engine);
    const means = Object.keys(images[0]).map((key) => [
      `val_${key}`,
      mean(images.map((scores) => scores[key])),
    ]);
    const count = losses.reduce((sum, each) => sum + each.count, 0);
    const lossSum = losses.reduce((sum, { loss, count }) => sum + loss * count, 0);
    return { val_loss: lossSum / count, ...Object.fromEntries(means) };
  }

  async #open(engine: Engine): Promise<void> {
    const { architecture, encoder, size, objective, average } = this.#plan;
    const { loss, weighted } = objective;
    const batch = this.#batch;
    const averaged = !!average;
    this.#session ??= await loadWithEncoder(
      engine,
      evaluationGraph(architecture, this.#taps ? undefined : encoder, {
        ...{ ...size, batch, loss, weighted, averaged },
      }),
      architecture.encoder,
      { ...size, batch },
    );
  }

  /** Images at the network's size. */
  async #resized(engine: Engine): Promise<Measured> {
    const { size, objective, architecture } = this.#plan;
    const area = size.height * size.width;
    const measured: Measured = { losses: [], images: [] };
    for (const positions of batches(this.#source.samples.length, this.#batch)) {
      const count = positions.length;
      const loaded = await this.#source.batch({ ...imageRequest(positions), pretext: objective.pretext });
      const { output, loss, target, weight } = await this.#run(engine, loaded, positions);
      measured.losses.push({ loss, count });
      for (const i of positions.keys()) {
        const part = (values: Float32Array, channels: number) =>
          values.subarray(i * channels * area, (i + 1) * channels * area);
        const [found, wanted] = [output, target].map((values) => part(values, architecture.head.channels));
        measured.images.push(objective.scores(found, wanted, weight && part(weight, 1)));
      }
    }
    return measured;
  }

  /** Images at their own scale, tile by tile: the loss is that of the tiles, the scores are those of whole images. */
  async #tiled(engine: Engine, whole: NonNullable<ValidatedImages['whole']>): Promise<Measured> {
    const { size, objective, architecture } = this.#plan;
    const { channels } = architecture.head;
    const measured: Measured = { losses: [], images: [] };
    for (const index of this.#source.samples.keys()) {
      const { image, mask } = whole(index);
      const planes = mask?.planes ?? 0;
      const run = async (tiles: readonly Image[]) => {
        const count = tiles.length;
        const { output, loss } = await this.#run(engine, batchOf(tiles), [...tiles.keys()]);
        measured.losses.push({ loss, count });
        return Array.from({ length: count }, (_, i) => partOf(output, i, this.#batch));
      };
      const network = { channels, inputs: 3 + planes, batch: this.#batch, run };
      const tiling = tilingOf(image, size, strideOf(architecture.encoder));
      const together = { ...image, channels: 3 + planes, data: interleaved(image, mask) };
      const bands = blendedBands(inOneStripe(together), tiling, network);
      const output = await wholeOutput(bands, image, channels);
      const asBatch = batchOf([together]);
      const target = objective.target(asBatch, 1);
      measured.images.push(objective.scores(output, target, this.#weightOf(asBatch, 1)));
    }
    return measured;
  }

  #weightOf(batch: Batch, count: number): Float32Array | undefined {
    const { objective } = this.#plan;
    return objective.weighted ? objective.weight!(batch, count) : undefined;
  }

  async #run(engine: Engine, loaded: Batch, positions: readonly number[]) {
    const { objective, architecture } = this.#plan;
    const count = positions.length;
    const request: BatchRequest = { ...imageRequest(positions), pretext: objective.pretext };
    const target = objective.target(loaded, count);
    const weight = this.#weightOf(loaded, count);
    const taps = await this.#taps?.(engine, request, loaded.input, this.#batch);
    const { output, loss } = await this.#session!.run({
      ...(taps ?? { image: this.#padded(loaded.input, 3) }),
      target: this.#padded(target, architecture.head.channels),
      weight: weight ? this.#padded(weight, 1) : this.#counted(count),
    });
    return { output: output.data, loss: loss.data[0], target, weight };
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

/** An image and its mask as one, [H, W, 3 + planes]. */
function interleaved(image: Image, mask: LabelMap | undefined): Uint8Array {
  if (!mask) return image.data;
  const area = image.height * image.width;
  const channels = 3 + mask.planes;
  const data = new Uint8Array(area * channels);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) data[i * channels + c] = image.data[3 * i + c];
    for (let k = 0; k < mask.planes; k++) data[i * channels + 3 + k] = mask.data[k * area + i];
  }
  return data;
}

/** Such images as a batch. @param images all of one size */
function batchOf(images: readonly Image[]): Batch {
  const [{ height, width, channels }] = images;
  const area = height * width;
  const planes = channels - 3;
  const input = new Float32Array(images.length * 3 * area);
  const mask = new Float32Array(images.length * planes * area);
  for (const [b, { data }] of images.entries())
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) input[(b * 3 + c) * area + i] = normalised[data[i * channels + c]];
      for (let k = 0; k < planes; k++) mask[(b * planes + k) * area + i] = data[i * channels + 3 + k];
    }
  return { input, ...(planes > 0 && { mask }) };
}
