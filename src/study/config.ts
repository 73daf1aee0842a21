import * as z from 'zod';
import type { PrimaryContrast } from '../records/study-findings.ts';
import { cropSettings } from '../settings/crop.ts';
import { maskSettings } from '../settings/masks.ts';
import { noise } from '../settings/pretext.ts';
import { setting } from '../settings/setting.ts';
import {
  count,
  countOrAuto,
  countOrText,
  epochSteps,
  minSteps,
  shared,
  text,
  validation,
} from '../settings/shared.ts';
import { plainImages, type Resolved, requiredData, trainSchema } from '../settings/training.ts';
import { ABLATIONS, ARMS, type ArmSettings, type PretrainingSettings } from './arms.ts';

/** The one comparison that is named before the study begins. */
export const primarySchema = z.strictObject({
  arm: setting(text, 'Study', 'Arm that is compared with the baseline'),
  metric: setting(text.default('dice'), 'Study', 'Column of study.csv, such as dice or dice:polyp'),
  labels: setting(countOrText.optional(), 'Study', 'Budget of masks, if the study has several'),
});

/** Each is a run of every arm. */
const MOST_SEEDS = 1000;

const mapping = z.record(text, z.unknown());

export const studySchema = z.strictObject({
  ...shared,
  data: requiredData,
  ...maskSettings,
  ...cropSettings,
  ...plainImages,
  labels: setting(
    z.union([countOrText, z.array(countOrText).min(1)]).default('all'),
    'Data',
    'How many masks to use, those for validation included: 88, 10% or all. Several budgets: 22x3,88 (x3 means three draws)',
    { placeholder: 'masks' },
  ),
  arms: setting(
    z.union([text, z.array(text).min(1), mapping]).default(['scratch', 'identity', 'denoise']),
    'Study',
    `Arms of the study. Each starts in another way: ${Object.keys(ARMS).join(', ')}. A settings file can define others`,
    { placeholder: 'list' },
  ),
  ablate: setting(
    text.optional(),
    'Study',
    `In place of arms: a recipe, and the recipe without each of its parts: ${Object.keys(ABLATIONS).join(', ')}`,
    { placeholder: 'recipe' },
  ),
  pretrainings: setting(mapping.default({}), 'Study', 'Pretrainings that arms start from, by name', {
    inFilesOnly: true,
  }),
  baseline: setting(
    text.optional(),
    'Study',
    'Arm that the others are compared with (default: scratch, or else the first)',
    { placeholder: 'arm' },
  ),
  primary: setting(
    z.union([text, mapping]).optional(),
    'Study',
    'Main comparison, named before the study starts: arm, arm:metric or arm:metric:class. The p-values of the others are adjusted for their number',
    { placeholder: 'arm' },
  ),
  seeds: setting(count(1).max(MOST_SEEDS).default(3), 'Study', 'Number of seeds. They are 0, 1, 2 and so on'),
  folds: setting(
    count(2).optional(),
    'Study',
    'Test on every image with a mask: they are split in so many equal parts, anew for each seed, and for each part a network is trained on the others. For a folder without lists',
  ),
  audits: setting(
    count(0).default(1),
    'Study',
    'Seeds whose pretrained networks are audited: what comes through each skip connection',
    { mayDiffer: true },
  ),
  jobs: setting(
    countOrAuto,
    'Speed',
    'Jobs at the same time, which share the threads. auto is one job per two threads, if there is enough memory',
    { placeholder: 'n', mayDiffer: true },
  ),
  ...noise,
  epochs: setting(count(1).default(20), 'Training', 'Passes over the images with masks'),
  steps: setting(
    count(1).optional(),
    'Training',
    'Steps of each fine-tuning, the same for every number of masks, instead of epochs',
  ),
  minSteps,
  epochSteps,
  validation,
  pretrainEpochs: setting(count(1).default(10), 'Training', 'Passes over the plain images'),
  loss: trainSchema.shape.loss,
});

export type StudyConfig = Omit<
  Resolved<z.output<typeof studySchema>>,
  'arms' | 'ablate' | 'pretrainings' | 'primary'
> & {
  /** By name, in the order in which they are shown. */
  readonly arms: Readonly<Record<string, ArmSettings>>;
  /** Those that arms start from, by name. */
  readonly pretrainings: Readonly<Record<string, PretrainingSettings>>;
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  readonly jobs: number;
};

/** What callers give: everything with a default may be left out. */
export type StudyOptions = z.input<typeof studySchema>;
