import * as z from 'zod';
import {
  common,
  count,
  epochs,
  noise,
  pretrainSchema,
  type Resolved,
  text,
  threadCount,
  trainSchema,
} from '../settings/training.ts';
import { ARMS, type ArmSettings, type PretrainingSettings } from './arms.ts';

const labels = z.union([count(1), text]);

/** The one comparison that is named before the study begins. */
export const primarySchema = z.strictObject({
  arm: text,
  metric: text.default('dice'),
  labels: labels.optional(),
});

const mapping = z.record(text, z.unknown());

export const studySchema = z.strictObject({
  ...common,
  data: common.data.unwrap().meta(common.data.meta()!),
  images: pretrainSchema.shape.images,
  transductive: pretrainSchema.shape.transductive,
  labels: z
    .union([labels, z.array(labels).min(1)])
    .default('all')
    .meta({
      description:
        'budget of masks, validation included: 88, 10% or all; several as 22x3,88 (x3 = three draws)',
      placeholder: 'masks',
    }),
  arms: z
    .union([text, z.array(text).min(1), mapping])
    .default(['scratch', 'identity', 'denoise'])
    .meta({
      description: `how the decoder starts, of ${Object.keys(ARMS).join(', ')}; a settings file may define others`,
      placeholder: 'list',
    }),
  pretrainings: mapping.default({}).meta({ inFilesOnly: true }),
  baseline: text.optional().meta({
    description: 'arm with which the others are compared (default: scratch, or else the first)',
    placeholder: 'arm',
  }),
  primary: z.union([text, mapping]).optional().meta({
    description:
      'the one comparison, named before it is known: arm or arm:metric; the others are adjusted for being many',
    placeholder: 'arm',
  }),
  seeds: count(1).default(3).describe('how many seeds, from 0'),
  audits: count(0)
    .default(1)
    .describe('for how many seeds each pretraining is audited: what comes through which skip'),
  jobs: threadCount(
    'runs at once, which share the threads; auto = one for two threads, as far as memory goes',
  ),
  ...noise,
  epochs: epochs(20).describe('passes over the images with masks'),
  steps: count(1).optional().describe('steps of every fine-tuning, however many masks, instead of epochs'),
  pretrainEpochs: epochs(10).describe('passes over the images without masks'),
  loss: trainSchema.shape.loss,
});

export interface Primary {
  readonly arm: string;
  /** A column of `study.csv`. */
  readonly metric: string;
  /** One of the study's budgets. */
  readonly labels: string;
}

export type StudyConfig = Omit<
  Resolved<z.output<typeof studySchema>>,
  'arms' | 'pretrainings' | 'primary'
> & {
  /** By name, in the order in which they are shown. */
  readonly arms: Readonly<Record<string, ArmSettings>>;
  /** Those that arms start from, by name. */
  readonly pretrainings: Readonly<Record<string, PretrainingSettings>>;
  readonly baseline: string;
  readonly primary?: Primary;
  readonly jobs: number;
};

/** What callers give: everything with a default may be left out. */
export type StudyOptions = z.input<typeof studySchema>;
