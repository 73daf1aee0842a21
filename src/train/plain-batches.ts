import { RandomStream } from '../core/random.ts';
import { unchanged } from '../data/loading/augmentation.ts';
import { drawMixes, withMixes } from '../data/loading/cutmix.ts';
import { type BatchPlan, planBatches } from './batch-plan.ts';
import type { ConsistencyPlan } from './consistency.ts';
import type { StepSource } from './feeds.ts';
import type { TrainingPlan } from './plan.ts';
import { bySource, planSharedBatches } from './shared-batches.ts';
import type { WeakViews } from './teacher.ts';

/** The plain images of a step in two views. */
export interface PlainViews {
  readonly stems: readonly string[];
  /** What the teacher marks: moved and turned as training images are, in their own colours. */
  readonly weak: WeakViews;
  /** [M, 3, H, W], what the network is to mark alike: the same with changed colours, and with rectangles of others in it. */
  readonly strong: Float32Array<ArrayBuffer>;
}

/** Which plain images the steps of a training see, in which views: as pure a function of the step as its other images. */
export class PlainBatches {
  readonly #size: TrainingPlan['size'];
  readonly #consistency: ConsistencyPlan;
  readonly #source: StepSource;
  readonly #batches: Pick<BatchPlan, 'request'>;

  constructor(plan: TrainingPlan, consistency: ConsistencyPlan, source: StepSource) {
    const { batch, shares, strong } = consistency;
    this.#size = plan.size;
    this.#consistency = consistency;
    this.#source = source;
    // Draws of their own: an image that is also trained on with its mask is not seen twice in one view.
    const seed = new RandomStream(plan.seed, 'plain').integer(2 ** 31);
    const augmentation = unchanged(plan.augmentation);
    const views = { seed, batch, shuffle: true, augmentation, strong };
    this.#batches = shares
      ? planSharedBatches(views, { shares, images: bySource(source.samples, shares.length) })
      : planBatches({ ...views, epochs: Number.POSITIVE_INFINITY }, source.samples.length);
  }

  /** @param step from 1 */
  async of(step: number): Promise<PlainViews> {
    const request = this.#batches.request(step);
    const stems = request.indices.map((index) => this.#source.samples[index].stem);
    const { input, strong, mask } = await this.#source.batch(request);
    const mixes = drawMixes(request, stems, this.#size, this.#consistency.cutmix);
    return {
      stems,
      weak: { images: input, mixes, ...(mask && { known: mask }) },
      strong: withMixes(strong ?? input, 3, this.#size, mixes),
    };
  }
}
