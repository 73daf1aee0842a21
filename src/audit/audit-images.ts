import { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { type BatchSource, imageRequest } from '../data/loading/batch.ts';
import { degradedImage } from '../data/pretexts/index.ts';
import type { MarkedClass, Objective } from '../objectives/objective.ts';
import { type Criterion, criterionOf } from './criterion.ts';

/** Some of the audited images. */
export interface AuditBatch {
  /** [n, 3, H, W]: the network's inputs, degraded as in its training. */
  readonly input: Float32Array;
  /** [n, outputs, H, W]: its targets. */
  readonly target: Float32Array;
  /** [n, 1, H, W], of masks that are not known everywhere: 1 where a pixel counts, 0 elsewhere. */
  readonly weight?: Float32Array;
}

interface AuditImagesOptions {
  readonly objective: Objective;
  readonly seed: number;
  readonly ofClass?: MarkedClass;
}

/** The images that a network is audited on, and their targets. */
export class AuditImages {
  readonly #source: BatchSource;
  readonly #objective: Objective;
  readonly #seed: number;
  readonly criterion: Criterion;
  /** For each image another one: no image is its own. Undefined for a single image. */
  readonly others: readonly number[] | undefined;

  /**
   * @param count of images of the source
   * @param options.objective of the network: how its inputs are degraded, and what their targets are
   * @param options.ofClass the class that is scored alone
   */
  constructor(
    source: BatchSource,
    readonly count: number,
    { objective, seed, ofClass }: AuditImagesOptions,
  ) {
    this.#source = source;
    this.#objective = objective;
    this.#seed = seed;
    this.criterion = criterionOf(objective, ofClass);
    this.others = count > 1 ? derangement(count, new RandomStream(seed, 'audit', 'others')) : undefined;
  }

  async batch(indices: readonly number[]): Promise<AuditBatch> {
    const { pretext, paints } = this.#objective;
    const batch = await this.#source.batch({ ...imageRequest(indices), pretext });
    const weight = paints ? undefined : this.#objective.weight?.(batch, indices.length);
    return {
      ...{ input: batch.input, target: this.#objective.target(batch, indices.length) },
      ...(weight && { weight }),
    };
  }

  /** Whether the inputs differ from their targets. */
  get degraded(): boolean {
    const { pretext } = this.#objective;
    return pretext !== undefined && pretext.kind !== 'identity';
  }

  /** Degrades another image [3, H, W] as these are. */
  degrade(image: Float32Array, size: Size, name: string): Float32Array {
    const { pretext } = this.#objective;
    if (!pretext) return image;
    const stream = new RandomStream(this.#seed, 'audit', 'degrade', name);
    return degradedImage(image, size, pretext, stream);
  }
}

/** A permutation in which nothing stays in its place: one cycle, drawn evenly (Sattolo 1986). */
export function derangement(count: number, stream: RandomStream): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = stream.integer(i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
