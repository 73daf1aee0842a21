import * as z from 'zod';
import { jsonFile, linesFile, tableFile, yamlFile } from './format.ts';

const mapping = z.record(z.string(), z.unknown());
const kinds = z.enum(['pretrain', 'train', 'study']);
export type RunKind = z.output<typeof kinds>;
const summary = z.looseObject({ kind: kinds, interrupted: z.boolean() });

/** An image of a run: its name and the SHA-256 of its files. */
const splitEntry = z.object({ stem: z.string(), image: z.string(), mask: z.string().optional() });
export type SplitEntry = Readonly<z.output<typeof splitEntry>>;

/** JSON has no NaN: a number that was not finite is null. */
const metric = z.number().nullable();
const metricsRow = z
  .object({ step: z.number().optional(), epoch: z.number().optional() })
  .catchall(metric)
  .refine(({ step, epoch }) => step !== undefined || epoch !== undefined, 'neither step nor epoch');

/** Settings, and where a run or a study was made: what both kinds of folder hold. */
const COMMON = {
  settings: yamlFile('config.yaml', 'a run folder or a study folder, which has its settings here', mapping),
  environment: jsonFile('environment.json', 'where a run or a study was made', mapping),
  summary: jsonFile('summary.json', 'the summary of a run or a study', summary),
};

/** Files of a run folder that are read again. */
export const RUN = {
  ...COMMON,
  /** Which images did what. */
  splits: jsonFile(
    'splits.json',
    'the images of a run',
    z.object({ train: z.array(splitEntry), validation: z.array(splitEntry), test: z.array(splitEntry) }),
  ),
  /** A row a step and a row an epoch. */
  metrics: linesFile('metrics.jsonl', 'a row of numbers', metricsRow),
  /** A row an epoch. */
  epochs: tableFile('results.csv', 'the epochs of a run', ['epoch']),
  /** A row a test image. */
  test: tableFile('test.csv', 'the test scores of a run', ['stem']),
};

/** Files of a run folder with formats of their own, or for people alone. */
export const RUN_PATHS = {
  /** What a run goes on from if it is stopped. */
  state: 'state.safetensors',
  best: 'weights/best.safetensors',
  last: 'weights/last.safetensors',
  pictures: 'images/index.json',
  audit: 'audit/audit.json',
  report: 'report.html',
} as const;

const RUN_OF_STUDY = ['arm', 'seed', 'labels', 'draw'] as const;

/** Files of a study folder that are read again. */
export const STUDY = {
  ...COMMON,
  /** A row a run and test image. */
  images: tableFile('study.csv', 'the test scores of a study', [...RUN_OF_STUDY, 'image']),
  /** A row a run that has ended. */
  runs: tableFile('runs.csv', 'the runs of a study', RUN_OF_STUDY),
  /** A row a run and epoch. */
  epochs: tableFile('epochs.csv', 'the epochs of a study', [...RUN_OF_STUDY, 'epoch']),
  /** How long each run took. */
  times: tableFile('times.csv', 'the times of a study', [...RUN_OF_STUDY, 'seconds']),
};

/** The tables of a study, by their keys in `STUDY`. */
export const STUDY_TABLES = ['images', 'runs', 'epochs', 'times'] as const;

/** Files of a study folder that are made of the others. */
export const STUDY_PATHS = {
  findings: 'analysis.json',
  comparisons: 'comparisons.csv',
  report: RUN_PATHS.report,
} as const;

/** By the first part of their paths. */
const names = [
  COMMON.summary.name,
  RUN_PATHS.state,
  ...[...Object.values(RUN), ...Object.values(STUDY)].map(({ name }) => name),
  ...Object.values(RUN_PATHS),
  ...Object.values(STUDY_PATHS),
].map((path) => path.split('/')[0]);

/**
 * What runs and studies write into their folders beside the settings, files and folders; overwriting takes away nothing else,
 * and that in this order: if it is cut off, nothing is taken for a run that could go on, and what is left can still be
 * overwritten.
 */
export const OWN_NAMES: readonly string[] = [
  ...new Set(names.filter((name) => name !== COMMON.settings.name)),
];
