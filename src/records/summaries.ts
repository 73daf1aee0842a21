import type { TestSummary } from '../objectives/segment.ts';

/** What a pretraining came to: its `summary.json`. */
export interface PretrainSummary {
  readonly kind: 'pretrain';
  readonly method: 'autoencoder' | 'statistics';
  /** 0 where nothing is learned. */
  readonly steps: number;
  readonly epochs: number;
  readonly images: number;
  readonly best_epoch?: number;
  readonly val_mse?: number;
  /** Absent where the network was asked for noise. */
  readonly val_psnr?: number;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly waited_for_data: number;
}

/** What a training came to: its `summary.json`. */
export interface TrainSummary {
  readonly kind: 'train';
  readonly steps: number;
  readonly epochs: number;
  readonly images: number;
  /** Those that were used: of images that train or validate. */
  readonly masks: number;
  readonly best_epoch?: number;
  readonly best_val_dice?: number;
  /** Which weights were tested. */
  readonly tested?: 'best' | 'last';
  readonly test?: TestSummary;
  readonly interrupted: boolean;
  readonly stopped_early: boolean;
  readonly seconds: number;
  readonly waited_for_data: number;
}

/** What an arm scored with a budget of masks. */
export interface ArmResult {
  readonly arm: string;
  readonly labels: string;
  /** By seed, then by draw. */
  readonly seeds: readonly {
    readonly seed: number;
    readonly draw: number;
    readonly lowest_val_loss: number;
    readonly best_val_dice: number;
    readonly best_epoch: number;
    readonly steps: number;
    readonly test: TestSummary;
  }[];
  /** Means over the seeds of the mean test Dice. */
  readonly dice: number;
  readonly net_dice: number;
}

/** What a study came to: its `summary.json`. */
export interface StudySummary {
  readonly kind: 'study';
  readonly arms: readonly ArmResult[];
  readonly interrupted: boolean;
  readonly seconds: number;
}

export type RunSummary = PretrainSummary | TrainSummary;
