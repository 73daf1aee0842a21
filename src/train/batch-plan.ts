import { RandomStream } from '../core/random.ts';
import type { Augmentation, Photometric } from '../data/loading/augmentation.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import type { Pretext } from '../data/pretexts/index.ts';

/** What decides how long a training is. */
export interface LengthOptions {
  readonly batch: number;
  /** Passes over the images. */
  readonly epochs: number;
  /** So many, where as many passes are fewer. */
  readonly minSteps?: number;
  /** Instead of both. */
  readonly steps?: number;
  /** Of an epoch, after which is validated; otherwise an epoch is a pass. */
  readonly epochSteps?: number;
  readonly maxSteps?: number;
}

/** What decides which views of which images a training sees, beside its length. */
export interface ViewOptions {
  readonly seed: number;
  /** A new order each pass; otherwise the order of the files, going round. */
  readonly shuffle: boolean;
  readonly augmentation: Augmentation;
  /** Of a second view of each image, in the same geometry. */
  readonly strong?: Photometric;
  /** What the network has to undo. */
  readonly pretext?: Pretext;
  /** What else is done to training images; masks stay as they are. */
  readonly degradation?: Pretext;
}

/** How long a training on so many images is. */
export interface Length {
  /** Images a step: no more than there are. */
  readonly batch: number;
  /** Of a pass over the images. */
  readonly stepsPerPass: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly epochs: number;
}

export function lengthOf(options: LengthOptions, images: number): Length {
  const { epochs, epochSteps, minSteps = 0, maxSteps = Number.POSITIVE_INFINITY } = options;
  const batch = Math.min(options.batch, images);
  const stepsPerPass = Math.floor(images / batch);
  const stepsPerEpoch = epochSteps ?? stepsPerPass;
  const asked = options.steps ?? Math.max(epochs * stepsPerPass, minSteps);
  const steps = Math.min(asked, maxSteps);
  return { batch, stepsPerPass, stepsPerEpoch, steps, epochs: Math.ceil(steps / stepsPerEpoch) };
}

/** Which views of which images each step of a training takes. */
export interface BatchPlan extends Length {
  /** Of a step, from 1. Asking for steps in order is cheapest. */
  request(step: number): BatchRequest;
}

/** @param images how many there are to train on */
export function planBatches(options: LengthOptions & ViewOptions, images: number): BatchPlan {
  const { seed, shuffle, augmentation, strong, pretext, degradation } = options;
  const length = lengthOf(options, images);
  const { batch, stepsPerPass } = length;
  const fileOrder = Array.from({ length: images }, (_, i) => i);
  let shuffledPass = 0;
  let order: readonly number[] = fileOrder;
  const request = (step: number): BatchRequest => {
    const pass = Math.ceil(step / stepsPerPass);
    if (shuffle && pass !== shuffledPass) {
      order = new RandomStream(seed, 'order', pass).shuffled(fileOrder);
      shuffledPass = pass;
    }
    const first = shuffle ? ((step - 1) % stepsPerPass) * batch : (step - 1) * batch;
    const indices = Array.from({ length: batch }, (_, i) => order[(first + i) % order.length]);
    return { indices, seed, epoch: pass, augmentation, strong, pretext, degradation };
  };
  return { ...length, request };
}
