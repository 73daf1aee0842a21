import type { Figures, PathShare } from '../audit/figures.ts';
import type { Metric } from '../eval/metrics.ts';
import type { Label } from '../records/audit-result.ts';
import type { MetricsRow, Splits } from '../records/run-records.ts';
import type { StudyFindings } from '../records/study-findings.ts';
import type { RunKey, StudyTables } from '../records/study-tables.ts';
import type { RunSummary } from '../records/summaries.ts';

/** Where predictions were compared with masks: at the network's size, or at the masks' own size. */
export const sizes = ['network', 'native'] as const;
export type Size = (typeof sizes)[number];
export const sizeNames: Record<Size, string> = { network: 'network', native: 'native' };

export type Scores = Readonly<Partial<Record<Metric, number>>>;

/** One test image. */
export interface TestRow {
  readonly stem: string;
  readonly network: Scores;
  readonly native: Scores;
}

/** A row of `metrics.jsonl` without the numbers that were not finite. */
export type Measured = { readonly [Name in keyof MetricsRow]: Exclude<MetricsRow[Name], null> };
export type StepRow = Measured & { readonly step: number };
export type EpochRow = Measured & { readonly epoch: number };

/** Values of an epoch row that the charts know. */
export type EpochValue =
  | 'train_loss'
  | 'val_loss'
  | 'val_dice'
  | 'val_iou'
  | 'val_mse'
  | 'val_psnr'
  | 'pseudo_share'
  | 'pseudo_agreement'
  | 'pseudo_dice'
  | 'seconds';

export type Settings = Readonly<Record<string, unknown>>;

export interface Picture {
  /** A data URI. */
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

export interface Reconstruction {
  readonly stem: string;
  readonly input?: Picture;
  readonly target?: Picture;
  readonly output?: Picture;
  /** dB, reconstruction against target. */
  readonly psnr?: number;
  /** dB, input against target, from the 8-bit pictures; Infinity if both are the same. */
  readonly inputPsnr?: number;
}

export interface Prediction {
  readonly stem: string;
  readonly rank: string;
  readonly dice?: number;
  readonly picture: Picture;
}

export interface Pictures {
  readonly reconstructions: readonly Reconstruction[];
  readonly predictions: readonly Prediction[];
}

export type RunKind = 'train' | 'pretrain';

/** What a run folder holds; every part but the kind may be missing. */
export interface Run {
  readonly kind: RunKind;
  readonly folder: string;
  readonly config: Settings;
  readonly environment: Settings;
  readonly splits?: Splits;
  readonly steps: readonly StepRow[];
  readonly epochs: readonly EpochRow[];
  readonly test: readonly TestRow[];
  readonly summary?: RunSummary;
  /** Of a self-training: what the rounds before it came to. */
  readonly rounds: readonly RunSummary[];
  /** What is unusual about it, one sentence each. */
  readonly notes: readonly string[];
}

/** A fine-tuning of a study that has a folder. */
export interface FineTuningRun extends RunKey {
  readonly run: Run;
}

/** A pretraining of a study that has a folder. Arms may share it. */
export interface PretrainingRun {
  readonly name: string;
  readonly seed: number;
  readonly run: Run;
  /** If `fewmask audit` was run. */
  readonly audit?: {
    readonly label: Label;
    readonly figures: Figures;
    readonly paths: readonly PathShare[];
  };
}

export interface Study {
  readonly config: Settings;
  readonly environment: Settings;
  /** The arm that the others are compared with. */
  readonly baseline: string;
  /** The baseline first, then in the order of the config. */
  readonly arms: readonly string[];
  /** By arm: the name of what it starts from; arms that start from scratch are missing. */
  readonly startOf: ReadonlyMap<string, string>;
  /** How many fine-tunings were planned, if the config says. */
  readonly planned?: number;
  readonly trainings: readonly FineTuningRun[];
  readonly pretrainings: readonly PretrainingRun[];
  readonly tables: StudyTables;
  /** What `tables` say. */
  readonly findings: StudyFindings;
  readonly notes: readonly string[];
}

/** The values of one metric over test images, without images for which it is not defined. */
export function scoresOf(rows: readonly TestRow[], size: Size, metric: Metric): number[] {
  return rows.map((row) => row[size][metric]).filter((value) => value !== undefined);
}
