import { BASELINE_NAMES } from '../eval/baseline-names.ts';

/** Which run of a study a row is of. Runs of one seed share masks drawn, order and initial values, whatever their arm. */
export interface RunKey {
  readonly arm: string;
  /** As the study's settings have it: a number of masks (`88`) or a share of them (`10%`). */
  readonly labels: string;
  /** Which draw of masks, from 0; only 0 where a seed draws once. */
  readonly draw: number;
  readonly seed: number;
  /** Of a study over folds, from 1: the part of the images that tests. */
  readonly fold?: number;
}

/** The columns that name a run, in order. */
export const RUN_KEYS = ['arm', 'labels', 'draw', 'seed'] as const;

/** A row of `study.csv`: what one run scored on one test image. */
export interface ImageRow extends RunKey {
  readonly image: string;
  /** What the image belongs to, such as a patient, where groups are known. */
  readonly group?: string;
  /** By column, such as `dice` or `net_iou`; a metric is missing where the cell is empty. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A row of `runs.csv`: a run that has ended. */
export interface RunRow extends RunKey {
  /** Masks that `labels` came to, of training and validation together. */
  readonly masks: number;
  readonly steps: number;
  readonly epochs: number;
  /** From 1; that of the highest validation Dice. This and the next two are missing without validation. */
  readonly best_epoch?: number;
  readonly best_val_dice?: number;
  readonly lowest_val_loss?: number;
  /** Mean Dice over the test images, at their native size. */
  readonly dice: number;
  /** Images that validated. This and the next ones are missing of kept runs that did not record them. */
  readonly validated_on?: number;
  /** Mean Dice over the test images, at the network's size, of what costs nothing. */
  readonly otsu?: number;
  readonly mean_mask?: number;
  readonly nearest?: number;
}

/** The numbers of a row of `runs.csv`, in order. */
export const RUN_COLUMNS = [
  'masks',
  'steps',
  'epochs',
  'best_epoch',
  'best_val_dice',
  'lowest_val_loss',
  'dice',
  'validated_on',
  ...BASELINE_NAMES,
] as const;

/** A row of `epochs.csv`: an epoch of a run that has ended. */
export interface EpochRow extends RunKey {
  /** From 1. */
  readonly epoch: number;
  readonly train_loss: number;
  /** Missing without validation. */
  readonly val_loss?: number;
  readonly val_dice?: number;
}

/** The numbers of a row of `epochs.csv`, in order. */
export const EPOCH_COLUMNS = ['epoch', 'train_loss', 'val_loss', 'val_dice'] as const;

/** Their cells are empty where nothing validates, or nothing is known of them. */
export const MAY_BE_EMPTY = [
  'best_epoch',
  'best_val_dice',
  'lowest_val_loss',
  'val_loss',
  'val_dice',
  'validated_on',
  ...BASELINE_NAMES,
] as const;
type MayBeEmpty = (typeof MAY_BE_EMPTY)[number];

/** The numbers of some columns. */
export type NumbersOf<Column extends string> = {
  readonly [K in Exclude<Column, MayBeEmpty>]: number;
} & { readonly [K in Extract<Column, MayBeEmpty>]?: number };

/** Whether two tables say the same number: some are written with six digits. */
export const agree = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-5;

/** The tables of a study, so far as it is done. */
export interface StudyTables {
  readonly images: readonly ImageRow[];
  readonly runs: readonly RunRow[];
  readonly epochs: readonly EpochRow[];
}
