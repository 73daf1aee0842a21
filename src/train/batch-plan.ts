import { RandomStream } from '../core/random.ts';
import type { Augmentation } from '../data/loading/augmentation.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import type { Pretext } from '../data/pretexts/index.ts';

/** What decides how long a training is. */
export interface LengthOptions {
  readonly batch: number;
  readonly epochs: number;
  readonly maxSteps?: number;
}

/** What decides which views of which images a training sees, beside its length. */
export interface ViewOptions {
  readonly seed: number;
  /** A new order each epoch; otherwise the order of the files, going round. */
  readonly shuffle: boolean;
  readonly augmentation: Augmentation;
  /** What the network has to undo. */
  readonly pretext?: Pretext;
  /** What else is done to training images; masks stay as they are. */
  readonly degradation?: Pretext;
}

/** How long a training on so many images is. */
export interface Length {
  /** Images a step: no more than there are. */
  readonly batch: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly epochs: number;
}

export function lengthOf({ batch, epochs, maxSteps }: LengthOptions, images: number): Length {
  const size = Math.min(batch, images);
  const stepsPerEpoch = Math.floor(images / size);
  const steps = Math.min(epochs * stepsPerEpoch, maxSteps ?? Number.POSITIVE_INFINITY);
  return { batch: size, stepsPerEpoch, steps, epochs: Math.ceil(steps / stepsPerEpoch) };
}

/** Which views of which images each step of a training takes. */
export interface BatchPlan extends Length {
  /** Of a step, from 1. Asking for steps in order is cheapest. */
  request(step: number): BatchRequest;
}

/** @param images how many there are to train on */
export function planBatches(options: LengthOptions & ViewOptions, images: number): BatchPlan {
  const { seed, shuffle, augmentation, pretext, degradation } = options;
  const length = lengthOf(options, images);
  const { batch, stepsPerEpoch } = length;
  const fileOrder = Array.from({ length: images }, (_, i) => i);
  let shuffledEpoch = 0;
  let order: readonly number[] = fileOrder;
  const request = (step: number): BatchRequest => {
    const epoch = Math.ceil(step / stepsPerEpoch);
    if (shuffle && epoch !== shuffledEpoch) {
      order = new RandomStream(seed, 'order', epoch).shuffled(fileOrder);
      shuffledEpoch = epoch;
    }
    const first = shuffle ? ((step - 1) % stepsPerEpoch) * batch : (step - 1) * batch;
    const indices = Array.from({ length: batch }, (_, i) => order[(first + i) % order.length]);
    return { indices, seed, epoch, augmentation, pretext, degradation };
  };
  return { ...length, request };
}
