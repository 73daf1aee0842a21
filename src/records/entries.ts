import * as z from 'zod';
import { auditResult } from './audit-result.ts';
import { jsonFile, type Kept, linesFile, measured, tableFile, yamlFile } from './format.ts';
import { studyFindings } from './study-findings.ts';
import { EPOCH_COLUMNS, RUN_COLUMNS, RUN_KEYS } from './study-tables.ts';
import { summary } from './summaries.ts';

const mapping = z.record(z.string(), z.unknown());

/** An image of a run: its name and the SHA-256 of its files. */
const splitEntry = z.object({
  ...{ stem: z.string(), image: z.string(), mask: z.string().optional() },
  /** Of plain images from several folders: of which one it is, from 1. */
  source: z.number().optional(),
  /** What it belongs to, where groups are known: a patient, a video, a slide. */
  group: z.string().optional(),
});
export type SplitEntry = Kept<typeof splitEntry>;
const splits = z.object({
  train: z.array(splitEntry),
  validation: z.array(splitEntry),
  test: z.array(splitEntry),
  /** Of a training that learns from plain images: these. */
  plain: z.array(splitEntry).optional(),
  /** Of one that learns from pseudo-masks: the plain images with these. */
  pseudo: z.array(splitEntry).optional(),
});
export type Splits = Kept<typeof splits>;

const range = z.object({ low: z.number(), high: z.number() });
const looks = z.object({
  /** How many images they are. */
  images: z.number(),
  /** Pixels at their own size. */
  area: range,
  /** Of each image the mean of what the network is fed, and its highest value less its lowest: 0..255. */
  brightness: range,
  contrast: range,
});
/** JSON has no NaN: a number that was not finite is null. */
const metric = z.number().nullable();
const metricsRow = z
  .object({
    step: z.number().optional(),
    epoch: z.number().optional(),
    ...{ train_loss: metric.optional(), lr: metric.optional(), gradient_norm: metric.optional() },
    ...{ val_loss: metric.optional(), val_dice: metric.optional(), val_iou: metric.optional() },
    ...{ val_mse: metric.optional(), val_psnr: metric.optional(), seconds: metric.optional() },
  })
  .catchall(metric)
  .refine(({ step, epoch }) => step !== undefined || epoch !== undefined, 'neither step nor epoch');
/** A row of `metrics.jsonl`, of a step or an epoch; numbers of other names may be there, too. */
export type MetricsRow = Kept<typeof metricsRow>;

const reconstructionRow = z.object({
  stem: z.string(),
  input: z.string(),
  target: z.string(),
  output: z.string(),
  /** dB, reconstruction against target. */
  psnr: measured,
});
const predictionRow = z.object({ stem: z.string(), rank: z.string(), dice: measured, picture: z.string() });
const pictures = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reconstruction'), rows: z.array(reconstructionRow) }),
  z.object({ kind: z.literal('prediction'), rows: z.array(predictionRow) }),
]);
/** An image, and the names of the files that show it. */
export type ReconstructionRow = Kept<typeof reconstructionRow>;
export type PredictionRow = Kept<typeof predictionRow>;
export type RunPictures = Kept<typeof pictures>;

const pseudoMasks = z.object({
  /** Of which weights they are, and over how many views. */
  weights: z.enum(['best', 'last']),
  views: z.number(),
  /** In the folder of pseudo-masks, of classes that overlap a file each; those that could not be read are missing. */
  masks: z.array(
    z.object({
      stem: z.string(),
      source: z.number().optional(),
      file: z.string().optional(),
      files: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
/** What a round of self-training has marked. */
export type PseudoMaskRecord = Kept<typeof pseudoMasks>;

const threshold = z.object({
  threshold: z.number().gt(0).lt(1),
  /** Validation images on which it was chosen, and their views. */
  images: z.number(),
  views: z.number(),
  /** Mean Dice of those images with it, and with 0.5. */
  dice: measured,
  dice_at_half: measured,
  /** Of which weights it is. */
  weights: z.enum(['best', 'last']),
});
/** The threshold at which a run's masks of its validation images are best. */
export type ThresholdRecord = Kept<typeof threshold>;

const calibration = z.object({
  errors: z.array(z.number()),
  groups: z.array(z.string()),
  distances: z.array(z.number()),
});
const expectation = z.object({
  /** Of which weights it is, how they are applied, and at which size of the networks' input. */
  weights: z.enum(['best', 'last']),
  views: z.number(),
  mask_threshold: z.number(),
  /** How many parts of the masks were held out, one after the other. */
  folds: z.number(),
  /** What a score is expected by. */
  model: z.object({ constant: z.number(), weights: z.array(z.number()), penalty: z.number() }),
  /** How far scores were from what was expected of them: of masks that were held out in turn, and of the test images, if there are any. */
  held_out: calibration,
  test: calibration.optional(),
});
/** What is expected of a run's masks, and by what. */
export type ExpectationRecord = Kept<typeof expectation>;

/** The Dice of one test image, at the network's size, by what costs nothing. */
export interface BaselineRow {
  readonly stem: string;
  readonly [baseline: string]: string | number;
}

const text = z.string();
const modelCard = z.object({
  name: text,
  /** Of the program and the machine. */
  versions: z.record(text, text),
  task: z.object({ classes: z.array(text), overlapping: z.boolean(), pixels_per_image: text }),
  data: z.object({
    ...{ folder: text, licence: text, train: z.number(), validation: z.number(), test: z.number() },
    ...{ plain: z.number(), groups: z.number(), splits_sha256: text },
  }),
  network: z.object({
    ...{ encoder: text, encoder_sha256: text, encoder_licence: text, encoder_trained: z.boolean() },
    ...{ decoder: text, weights: z.enum(['best', 'last']), weights_sha256: text },
  }),
  training: z.object({
    ...{ recipe: text, seed: z.number(), steps: z.number(), epochs: z.number(), seconds: z.number() },
    ...{ pretrained: z.boolean(), command: text },
  }),
  /** Absent where nothing was tested. */
  test: z
    .object({
      images: z.number(),
      /** The images, or groups of them, over which intervals are. */
      units: z.number(),
      scores: z.array(
        z.object({
          ...{ metric: text, title: text, images: z.number(), mean: measured },
          ci95: z.array(z.number()).optional(),
        }),
      ),
      below_half: z.number(),
      worst: z.array(z.object({ stem: text, dice: z.number() })),
    })
    .optional(),
  baselines: z.record(text, z.number()).optional(),
  /** Where it was found out: the part of the images that is seen to score worse than the others, if there is one. */
  subgroups: z
    .object({
      compared: z.number(),
      worst: z
        .object({ division: text, name: text, images: z.number(), mean: measured, difference: measured })
        .extend({ low: measured, high: measured })
        .optional(),
    })
    .optional(),
  /** Of a run of a study: how the same training came out with all seeds, and what was found of its arm. */
  study: z
    .object({
      ...{ arm: text, labels: text, median_seed: z.number(), found: z.array(text) },
      seeds: z.array(z.object({ seed: z.number(), dice: measured })),
    })
    .optional(),
  /** What was found out of masks without truth. */
  expected: z.object({ masks_held_out: z.number(), folds: z.number(), test_images: z.number() }).optional(),
});
/** What is to be known of a run's network by whoever uses it. */
export type ModelCard = Kept<typeof modelCard>;

/** Settings, and where a run or a study was made: what both kinds of folder hold. */
const COMMON = {
  settings: yamlFile('config.yaml', 'a run folder or a study folder, which has its settings here', mapping),
  environment: jsonFile('environment.json', 'where a run or a study was made', mapping),
  summary: jsonFile('summary.json', 'the summary of a run or a study', summary),
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
  subgroups: tableFile('subgroups.csv', 'the scores of subgroups', ['division', 'name', 'difference']),
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
