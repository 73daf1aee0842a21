import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';

/** What an autoencoder learns one image from; images are RGB planes in [-1, 1]. */
export interface Example {
  /** [3, H, W], to be written: what the network is given. May go beyond [-1, 1]. */
  readonly input: Float32Array;
  /** [3, H, W], holds the clean image: what the network is asked for, unless the task puts something else there. */
  readonly target: Float32Array;
  /** [1, H, W], holds ones: how much each pixel counts. Only there if the task weighs pixels. */
  readonly weight?: Float32Array;
}

/** A pretext task: writes an example, as a function of the clean image, the task's settings and a random stream. */
export interface Task<S> {
  /** Whether it draws: an image does not always become the same input. */
  readonly random: boolean;
  degrade(example: Example, size: Size, settings: S, stream: RandomStream): void;
  /**
   * Where the network is asked for the noise in the input instead of an image: what that is to be multiplied by, to be
   * taken away.
   */
  noiseScale?(settings: S): number | undefined;
  /** Whether some pixels count more than others; without it they are all alike. */
  weighs?(settings: S): boolean;
  /** @throws UserError if it cannot be done on images of this size */
  check?(settings: S, size: Size): void;
}
