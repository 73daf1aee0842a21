import type { WorkEvent } from '../core/events.ts';
import type { ArmResult, RunSummary, StudySummary } from '../records/summaries.ts';

/** The images of a run that are used. */
interface DataEvent {
  readonly type: 'data';
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Without masks, where a training learns from such. */
  readonly plain?: number;
}

/** A training step, after it. */
export interface StepEvent {
  readonly type: 'step';
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly lr: number;
  readonly gradientNorm: number;
  /** Of each level of the network, as `gradient_norm/decoder.blocks.0`. */
  readonly levelNorms: Readonly<Record<string, number>>;
  /** What was measured on plain images, by name. */
  readonly measures: Readonly<Record<string, number>>;
}

/** An epoch, after its validation. */
export interface EpochEvent {
  readonly type: 'epoch';
  readonly epoch: number;
  readonly epochs: number;
  /** As in `results.csv`: training loss, scores of the validation images, seconds. */
  readonly row: Readonly<Record<string, number>>;
  /** Whether its weights validated best so far. */
  readonly best: boolean;
}

/** A file of the run has been written. */
interface SavedEvent {
  readonly type: 'saved';
  readonly what: 'state' | 'best' | 'last';
  readonly step: number;
  readonly file: string;
}

interface DoneEvent {
  readonly type: 'done';
  /** The run's folder. */
  readonly out: string;
  readonly summary: RunSummary | StudySummary;
}

/** A run of a study: which, and its place in the plan. */
export interface RunOfStudy {
  readonly phase: 'pretrain' | 'train';
  readonly arm: string;
  readonly seed: number;
  /** Of a training: its budget of masks, and which draw of it. */
  readonly labels?: string;
  readonly draw?: number;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Of this run, and of all. */
  readonly steps: number;
  readonly stepsInAll: number;
}

/** What a study will do. */
export interface PlanEvent {
  readonly type: 'plan';
  readonly runs: number;
  readonly steps: number;
  /** Of these, those that are known from elsewhere. */
  readonly known: { readonly runs: number; readonly steps: number };
}

/** A run of a study begins. */
interface StartEvent {
  readonly type: 'start';
}

/** What one run of a study tells. */
interface RunOfStudyEvent {
  readonly type: 'run';
  readonly run: RunOfStudy;
  /** Its folder. */
  readonly out: string;
  readonly event: RunEvent;
}

/** What a study has come to so far. */
interface ArmsEvent {
  readonly type: 'arms';
  readonly arms: readonly ArmResult[];
}

/** Everything that runs tells its caller. */
export type RunEvent =
  | WorkEvent
  | DataEvent
  | StepEvent
  | EpochEvent
  | SavedEvent
  | DoneEvent
  | PlanEvent
  | StartEvent
  | RunOfStudyEvent
  | ArmsEvent;

/** What every long call takes beside its options. */
export interface RunContext {
  /**
   * Ends the work after the step, the image or the batch under way. What was done is saved, or returned; where a part is of no use, as of scores and
   * checks, the call is rejected with the signal's reason.
   */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}
