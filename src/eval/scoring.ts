import type { Row } from '../core/csv.ts';
import type { Size } from '../core/size.ts';
import type { LabelMap } from '../data/masks/labelling.ts';

/** What a finished network made of one image, and what it is held against. */
export interface ScoredImage {
  /** [channels, H, W] at the network's size. */
  readonly output: Float32Array;
  /** [3, H, W] in [-1, 1]: the image as the network was given it. */
  readonly input: Float32Array;
  /** [planes, H, W]: the mask at the network's size, as in a `LabelMap`. Only where `needsMasks`. */
  readonly mask?: Float32Array;
  /** The mask at its own size. Only where `needsMasks`. */
  readonly truth?: LabelMap;
  /** The network's. */
  readonly size: Size;
}

/** How a set of images is scored: one by one, and in short. */
export interface Scoring<ImageScores extends object, Summary> {
  readonly needsMasks: boolean;
  score(image: ScoredImage): ImageScores;
  /** A row of a table, without the image's name. */
  row(scores: ImageScores): Row;
  summarise(scores: readonly ImageScores[]): Summary;
}
