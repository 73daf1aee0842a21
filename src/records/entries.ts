import * as z from 'zod';
import { auditResult } from './audit-result.ts';
import { jsonFile, linesFile, tableFile, yamlFile } from './format.ts';
import { modelCard } from './model-card.ts';
import { expectation, looks, metricsRow, pictures, pseudoMasks, splits, threshold } from './run-records.ts';
import { studyFindings } from './study-findings.ts';
import { EPOCH_COLUMNS, RUN_COLUMNS, RUN_KEYS } from './study-tables.ts';
import { summary } from './summaries.ts';

const mapping = z.record(z.string(), z.unknown());
const mlflowRun = z.object({ server: z.string(), run_id: z.string() });

/** Settings, and where a run or a study was made: what both kinds of folder hold. */
const COMMON = {
  settings: yamlFile('config.yaml', 'a run folder or a study folder, which has its settings here', mapping),
  environment: jsonFile('environment.json', 'where a run or a study was made', mapping),
  summary: jsonFile('summary.json', 'the summary of a run or a study', summary),
  /** Where it is logged. */
  mlflow: jsonFile('mlflow.json', 'the run of MLflow that a folder is logged in', mlflowRun),
};

/** Files of a run folder that the program itself reads. */
export const RUN = {
  ...COMMON,
  /** Which images train, validate and test. */
  splits: jsonFile('splits.json', 'the images of a run', splits),
  /** What the images are like that it has learned from: others may be unlike them. */
  looks: jsonFile('looks.json', 'what the images of a run are like', looks),
  /** From which probability on masks of the validation images are best. */
  threshold: jsonFile('threshold.json', 'the threshold of a run', threshold),
  /** What is to be known of its network. */
  card: jsonFile('model-card.json', 'a model card', modelCard),
  /** What is expected of its masks of other images. */
  expectation: jsonFile('expectation.json', "what is expected of a run's masks", expectation),
  /** The masks that were held out in turn: a row each. */
  heldOut: tableFile('held-out.csv', 'the scores of masks that were held out', ['stem', 'fold', 'dice']),
  /** A row for each step and each epoch. */
  metrics: linesFile('metrics.jsonl', 'a row of numbers', metricsRow),
  /** The pictures of the folder that it lies in. */
  pictures: jsonFile('images/index.json', 'the pictures of a run', pictures),
  /** The pseudo-masks of plain images that the folder holds: written once all of them are there. */
  pseudo: jsonFile('pseudo/index.json', 'the pseudo-masks of a round', pseudoMasks),
  /** The result of `fewmask audit`. */
  audit: jsonFile('audit/audit.json', 'what an audit has found', auditResult),
  /** A row for each epoch. */
  epochs: tableFile('results.csv', 'the epochs of a run', ['epoch'], []),
  /** What costs nothing, beside the network: the Dice of each test image, at the network's size. */
  baselines: tableFile('baselines.csv', 'what costs nothing, on the test images of a run', [
    'stem',
    'nearest',
  ]),
  /** How parts of the images score beside the others: a row for each. */
  subgroups: tableFile('subgroups.csv', 'the scores of subgroups', [
    'metric',
    'division',
    'name',
    'difference',
  ]),
  /** A row for each test image. */
  test: tableFile('test.csv', 'the test scores of a run', ['stem'], ['stem', 'group']),
};

/** Files of a run folder with other formats, or that the program does not read. */
export const RUN_PATHS = {
  /** The state from which a stopped run is resumed. */
  state: 'state.safetensors',
  best: 'weights/best.safetensors',
  last: 'weights/last.safetensors',
  report: 'report.html',
  /** Event files for TensorBoard. */
  tensorboard: 'tensorboard',
  /** The runs that a self-training went through before this one, by number from 0. */
  rounds: 'rounds',
  /** The runs that each held out a part of this one's masks: `1-of-5` and so on. */
  folds: 'folds',
  /** Wrong masks that were planted to find them again, by their number, and the networks that were trained with them. */
  planted: 'planted',
  /** The networks of a trial of which image to label next. */
  trial: 'trial',
  /** The images to label next, a row each; and to look at. */
  next: 'next.csv',
  nextPage: 'next.html',
  trialPage: 'trial.html',
  subgroupsPage: 'subgroups.html',
  card: 'model-card.md',
  /** Masks that may be wrong, a row each; and to look at. */
  suspects: 'suspects.csv',
  suspectsPage: 'suspects.html',
  /** The features of the images that the run has trained on: what others are compared with. */
  known: 'known.safetensors',
} as const;

/** Files of a study folder that the program itself reads. */
export const STUDY = {
  ...COMMON,
  /** A row for each run and test image. */
  images: tableFile('study.csv', 'the test scores of a study', [...RUN_KEYS, 'image', 'dice']),
  /** A row for each run that has ended. */
  runs: tableFile('runs.csv', 'the runs of a study', [...RUN_KEYS, ...RUN_COLUMNS]),
  /** A row for each run and epoch. */
  epochs: tableFile('epochs.csv', 'the epochs of a study', [...RUN_KEYS, ...EPOCH_COLUMNS]),
  /** What was found, and what may be claimed of it. */
  findings: jsonFile('analysis.json', 'what a study has found', studyFindings),
  /** A row for each run that is to be made: of which task it is, and in which folder it lies. */
  plan: tableFile('plan.csv', 'the plan of a study', [
    'task',
    'number',
    'phase',
    ...RUN_KEYS,
    'steps',
    'folder',
  ]),
  /** How long each run took. */
  times: tableFile('times.csv', 'the times of a study', [...RUN_KEYS, 'seconds']),
};

/** The tables of a study, by their keys in `STUDY`. */
export const STUDY_TABLES = ['images', 'runs', 'epochs', 'times'] as const;

/** Files of a study folder that are made of the others. */
export const STUDY_PATHS = {
  comparisons: 'comparisons.csv',
  report: RUN_PATHS.report,
} as const;

/** The folder in that of a study with scripts, logs and numbers of the jobs that were handed to Slurm. */
export const SLURM = 'slurm';

/** By the first part of their paths. */
const names = [
  COMMON.summary.name,
  RUN_PATHS.state,
  ...[...Object.values(RUN), ...Object.values(STUDY)].map(({ name }) => name),
  ...Object.values(RUN_PATHS),
  ...Object.values(STUDY_PATHS),
  SLURM,
].map((path) => path.split('/')[0]);

/**
 * The files and folders that runs and studies write beside the settings. Overwriting removes only these, in this order: if it
 * is cut off, the folder does not look like a run that can be resumed, and it can still be overwritten.
 */
export const OWN_NAMES: readonly string[] = [
  ...new Set(names.filter((name) => name !== COMMON.settings.name)),
];

/** What runs write in those of these folders that others may have, too: the rest of what lies in them is not the run's. */
export const OWN_FILES: Readonly<Record<string, RegExp>> = {
  weights: /^(best|last)\.safetensors$/,
  images: /^(index\.json|\d+-(input|target|output)\.png|(best|median|worst)-\d+\.png)$/,
};
