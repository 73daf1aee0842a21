import type { ToolFormat } from '../annotations/format.ts';
import type { Size } from '../core/size.ts';
import type { Tensor } from '../core/tensor.ts';
import type { MaskObject } from '../eval/objects.ts';
import type { Expected } from '../expect/expectation.ts';
import type { OutputPicture } from '../objectives/objective.ts';

/** What predictions are written as. */
export type PredictFormat = 'png' | 'npy' | ToolFormat;

/** A network's prediction for one image. */
export interface Prediction {
  /** The image's path, or `image 0`, .. of those in memory. */
  readonly image: string;
  /** Where it was written to. */
  readonly file?: string;
  /** Of classes that overlap the file of each, by the class's name, in place of one. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Where nothing was written: a mask of 0 and 255, of several classes of their numbers with a palette (an autoencoder: RGB), at the
   * image's own size.
   */
  readonly mask?: OutputPicture & Size;
  /** Of classes that overlap a mask each, in place of one. */
  readonly masks?: readonly (OutputPicture & Size)[];
  /** Where nothing was written: [C, H, W] at the network's size, 0..1 (an autoencoder: an image in [-1, 1]). */
  readonly probabilities?: Tensor;
  /** Share of the pixels at network size that are predicted as the object; absent for an autoencoder. */
  readonly area?: number;
  /** Where it was asked for: what to expect of the mask. */
  readonly expected?: Expected;
  /** Where they were asked for: the connected parts of the mask at the image's own size. */
  readonly objects?: readonly MaskObject[];
}
