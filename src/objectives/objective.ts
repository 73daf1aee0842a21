import type { Size } from '../core/size.ts';
import type { Batch } from '../data/loading/batch.ts';
import type { Pretext } from '../data/pretexts/index.ts';
import type { MaskObject } from '../eval/objects.ts';
import type { Scoring } from '../eval/scoring.ts';
import type { Head } from '../nn/head.ts';
import type { Loss } from '../nn/losses.ts';

/** Numbers by name. */
export type Scores = Readonly<Record<string, number>>;

/** An output as pixels [H, W, channels], channels innermost. */
export interface OutputPicture {
  /** 0..255; of numbers of classes above that 16 bits. */
  readonly data: Uint8Array | Uint16Array;
  readonly channels: 1 | 3;
  /** Where values are places in it: its colours, as `#rrggbb`. */
  readonly palette?: readonly string[];
  /** Of several pictures of one output: which it is. */
  readonly name?: string;
}

/** Where a class is marked. */
export interface ClassMask {
  readonly name: string;
  /** [H, W] of the image: 1 inside, 0 outside. */
  readonly mask: Uint8Array;
  /** [H, W] of the network's size. */
  readonly probabilities: Float32Array;
}

/** Targets made of a network's outputs. */
export interface PseudoTargets {
  /**
   * @param outputs [B, channels, H, W] as the head makes them
   * @param threshold how sure an output has to be to count, 0.5 to 1
   * @param images B; default 1
   * @returns target [B, channels, H, W], and weight [B, 1, H, W]: 1 where it counts, 0 elsewhere
   */
  of(
    outputs: Float32Array,
    threshold: number,
    images?: number,
  ): { readonly target: Float32Array<ArrayBuffer>; readonly weight: Float32Array<ArrayBuffer> };
  /**
   * The share of the pixels that count where other outputs say the same, 0 to 1; NaN if none counts.
   *
   * @param linear [B, channels, H, W] before the head's activation
   * @param images B; default 1
   */
  agreement(linear: Float32Array, target: Float32Array, weight: Float32Array, images?: number): number;
}

/** One of the classes that a network marks. */
export interface MarkedClass {
  readonly name: string;
  /** Its channel in outputs and targets. */
  readonly channel: number;
  /**
   * @param output [channels, H, W], as is the target
   * @param weight [1, H, W], how much each pixel counts; all alike without it
   */
  dice(output: Float32Array, target: Float32Array, weight?: Float32Array): number;
}

/** What a network learns and is for: training, validation, tests, prediction, audit and export ask it. */
export interface Objective<ImageScores extends object = object, Summary = unknown> {
  readonly name: string;
  /** Whether the output is an image like the input, so that the two can be compared. */
  readonly paints: boolean;
  /** The network's output: channels and activation. */
  readonly head: Head;
  /** How inputs are degraded in training and validation alike; undefined where a batch needs no target beside its masks. */
  readonly pretext?: Pretext;
  /** Whether batches say how much each pixel counts. */
  readonly weighted: boolean;
  readonly loss: Loss;
  /** What of a batch of B images the network is to make: [B, channels, H, W]. */
  target(batch: Batch, images: number): Float32Array<ArrayBuffer>;
  /** Where `weighted`: how much each pixel counts, [B, 1, H, W]. */
  weight?(batch: Batch, images: number): Float32Array<ArrayBuffer>;
  /**
   * What validation measures of one image.
   *
   * @param output [channels, H, W] as the head makes it
   * @param target the same
   * @param weight [1, H, W], how much each pixel counts; all alike without it
   */
  scores(output: Float32Array, target: Float32Array, weight?: Float32Array): Scores;
  /** What it marks, where it marks anything. */
  readonly classes?: readonly MarkedClass[];
  /** What a teacher's outputs say of images without a target; undefined where nothing can be made of them. */
  readonly pseudo?: PseudoTargets;
  /** Which of these scores decides, and whether more of it is better. */
  readonly better: { readonly score: string; readonly sign: 1 | -1 };
  /** What finished networks are scored by, image by image. */
  readonly scoring: Scoring<ImageScores, Summary>;
  /** What is to be known of a finished network's output. */
  readonly output: {
    /** The output's name in exported models, and facts about it for their metadata. */
    readonly name: string;
    readonly facts: Readonly<Record<string, string>>;
    /**
     * The output as a picture; as several where classes overlap, each with a name.
     *
     * @param output [channels, H, W] of the network's size
     */
    pictures(output: Float32Array, size: Size, native: Size): readonly OutputPicture[];
    /** Of masks: those of each class at another size. */
    masks?(output: Float32Array, size: Size, native: Size): readonly ClassMask[];
    /** Of masks: their connected parts at another size. */
    objects?(output: Float32Array, size: Size, native: Size): readonly MaskObject[];
    /** Whether it is one probability, and a threshold makes masks of it. */
    readonly byThreshold?: boolean;
    /** What is told of a prediction beside its file, from the output of the network's size. */
    measures(output: Float32Array, size: Size): Readonly<Record<string, number>>;
  };
}
