import type { Size } from '../core/size.ts';
import { type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import type { ClassScores } from '../eval/class-scores.ts';
import type { Metric } from '../eval/metrics.ts';
import type { Head } from '../nn/head.ts';
import type { ClassMask, OutputPicture, PseudoTargets } from './objective.ts';

/** Scores of an image at the mask's own size. */
export interface NativeScores {
  readonly native: Readonly<Record<Metric, number>>;
  /** Where there are several classes. */
  readonly classes?: ClassScores;
}

/** How the classes of a set are marked: what the network puts out, what it is to put out, and what is made of it. */
export interface Marking {
  readonly head: Head;
  /** Of each class that is scored, its channel. */
  readonly channels: readonly number[];
  /**
   * What the output is to be. Unknown pixels are of no class.
   *
   * @param mask [B, planes, H, W], labels as in a `LabelMap`
   * @param area H W
   * @returns [B, channels, H, W]
   */
  target(mask: Float32Array<ArrayBuffer>, area: number): Float32Array<ArrayBuffer>;
  /** The pixels of each class that is scored, 0 and 1, by an output [channels, H, W]. */
  marked(output: Float32Array, size: Size): Uint8Array[];
  /** The same by a target [channels, H, W]. */
  actual(target: Float32Array, area: number): Uint8Array[];
  scoresAt(output: Float32Array, size: Size, truth: LabelMap): NativeScores;
  readonly pseudo: PseudoTargets;
  /** The pixels of each class that is scored at another size, 0 and 1, with its probabilities of the network's size. */
  masksAt(output: Float32Array, size: Size, native: Size): readonly ClassMask[];
  /** The same of a true mask. */
  masksOf(truth: LabelMap): readonly Uint8Array[];
  /** At another size; of classes that overlap one each, by name. */
  pictures(output: Float32Array, size: Size, native: Size): readonly OutputPicture[];
}

/** Masks of 0 and 1 in which unknown pixels are 0. */
export function withoutUnknown(mask: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return mask.includes(UNKNOWN) ? mask.map((label) => (label === UNKNOWN ? 0 : label)) : mask;
}
