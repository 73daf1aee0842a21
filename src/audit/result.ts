import type { DecoderName } from '../nn/model.ts';
import type { AuditKind, Label } from './verdict.ts';

/**
 * How far an output is from what was wanted, over all images: the mean squared error (images in [0, 1], outputs clipped to
 * it; of a mask, of its probabilities), and of an image the PSNR of that error in dB, of a mask the mean Dice.
 */
export type Score =
  | { readonly mse: number; readonly psnr: number }
  | { readonly mse: number; readonly dice: number };

export interface PathResult {
  readonly name: string;
  readonly stride: number;
  /** Its share in the fall of the error; null where the error does not fall. */
  readonly shapley: number | null;
  /** The network with this path's features replaced: by zeros, by their mean over the images, by another image's. */
  readonly zero: Score;
  readonly mean: Score;
  readonly shuffle: Score | null;
}

/** Mean squared distance of a hybrid to the targets of the two images that it is made of. */
export interface SwapResult {
  readonly to_host_mse: number;
  readonly to_donor_mse: number;
}

/** Error in a band of spatial frequencies, in cycles a pixel; the bands sum to the mean squared error. */
export interface BandResult {
  readonly from: number;
  readonly to: number;
  readonly mse: number;
  /** With a path's features replaced by their mean, by its name. */
  readonly without: Readonly<Record<string, number>>;
}

/** What is known of lesions at a tap of the encoder or a level of the decoder. */
export interface LevelResult {
  readonly name: string;
  readonly stride: number;
  /** Area under the ROC curve of a linear probe, lesion against background. */
  readonly auc: number | null;
  /** Of the same level with freshly drawn weights; null for a tap. */
  readonly auc_untrained: number | null;
  /** Linear CKA of the level before training and after; null for a tap, or where the start is not known. */
  readonly cka_before: number | null;
}

/** What an audit has found: the content of `audit.json`. */
export interface AuditResult {
  readonly kind: AuditKind;
  readonly decoder: DecoderName;
  readonly weights: 'best' | 'last';
  readonly images: number;
  readonly reference: Score;
  /** What the input itself would score as an output; null unless it is a degraded image. */
  readonly input: Score | null;
  /** What the mean of all targets would score: of a network that has seen nothing of its image. */
  readonly mean_target: Score;
  /** With all paths at their means. */
  readonly nothing: Score;
  readonly paths: readonly PathResult[];
  /** With nothing but the bottleneck: skips at zero, skips at their means. */
  readonly depth_alone: { readonly zero: Score; readonly mean: Score };
  /** The donor's bottleneck with the host's skips; and with it, `skips`, the other way round. Null without another image
   * or without a skip. */
  readonly swap: (SwapResult & { readonly skips: SwapResult }) | null;
  /** Of the first skip, on images that were not used to fit it, and the network's of the same; null without a skip. */
  readonly linear_readout: { readonly psnr: number; readonly network_psnr: number } | null;
  /** 1 - MSE(output) / MSE(input); null where the input is the target. */
  readonly skill: number | null;
  readonly out_of_domain: readonly { readonly set: string; readonly psnr: number }[];
  readonly bands: readonly BandResult[];
  readonly blind_spot: {
    readonly replaced_mse: number;
    readonly kept_mse: number;
    readonly gap: number;
    /** The gap as a part of what a copy of the input would have: 0 = never looks at the pixel, 1 = copies it. */
    readonly copied: number;
  } | null;
  readonly receptive_field: {
    /** Share of the gradient's mass within so many pixels. */
    readonly within: Readonly<Record<string, number>>;
    /** Radius in pixels that holds half of it. */
    readonly half: number;
  };
  /** The numbers that gated skips have learned, skip1 first; null for other skips. */
  readonly gates: readonly number[] | null;
  /** Taps, then levels deep to shallow; empty without masks. */
  readonly levels: readonly LevelResult[];
  readonly verdict: {
    /** Sum of the skips' shares; null where the error does not fall. */
    readonly leak: number | null;
    /** Bootstrap over images, 95 %. */
    readonly leak_ci95: readonly [number, number] | null;
    readonly label: Label;
    readonly because: readonly string[];
  };
}
